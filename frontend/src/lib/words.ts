/* The few words that elements say by themselves; everything else comes written from the server. */

const zhHans = {
  table: '数据表',
  png: '下载图片',
  xlsx: '下载表格',
  fault: '此图无法绘制',
  missing: '样本不足',
  loading: '加载中……',
  noPoints: '没有可显示的位置',
  noPointsWhy: '所选零售客户均无坐标；请先导入或补录坐标。',
  noWebgl: '此设备无法显示地图，改为列表。',
  retailers: '户',
  open: '打开档案',
  unplaced: '户无坐标，未上图',
  name: '名称',
  period: '期间',
  outliers: '离群',
  category: '类别',
  from: '自',
  to: '至（不含）',
  zoomIn: '放大',
  zoomOut: '缩小',
  whole: '全部',
  failed: '加载失败，请检查网络后重试。',
  offline: '网络不通，内容未更新。',
}

type Words = { readonly [K in keyof typeof zhHans]: string }

const zhHant: Words = {
  table: '數據表',
  png: '下載圖片',
  xlsx: '下載表格',
  fault: '此圖無法繪製',
  missing: '樣本不足',
  loading: '載入中……',
  noPoints: '沒有可顯示的位置',
  noPointsWhy: '所選零售客戶均無座標；請先匯入或補錄座標。',
  noWebgl: '此裝置無法顯示地圖，改為清單。',
  retailers: '戶',
  open: '開啟檔案',
  unplaced: '戶無座標，未上圖',
  name: '名稱',
  period: '期間',
  outliers: '離群',
  category: '類別',
  from: '自',
  to: '至（不含）',
  zoomIn: '放大',
  zoomOut: '縮小',
  whole: '全部',
  failed: '載入失敗，請檢查網路後重試。',
  offline: '網路不通，內容未更新。',
}

const en: Words = {
  table: 'Data table',
  png: 'Download picture',
  xlsx: 'Download table',
  fault: 'This picture cannot be drawn',
  missing: 'not enough data',
  loading: 'Loading…',
  noPoints: 'No places to show',
  noPointsWhy: 'None of the chosen retailers has coordinates; import or add them first.',
  noWebgl: 'This device cannot show the map; here is the list.',
  retailers: 'retailers',
  open: 'Open file',
  unplaced: 'retailers without coordinates are not on the map',
  name: 'Name',
  period: 'Period',
  outliers: 'Outliers',
  category: 'Category',
  from: 'From',
  to: 'To (not included)',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  whole: 'Everything',
  failed: 'This could not be loaded. Check the connection and try again.',
  offline: 'No connection; nothing was updated.',
}

export function wordsFor(language: string): Words {
  const tag = language.toLowerCase()
  if (/^zh-(hant|tw|hk|mo)/.test(tag)) return zhHant
  return tag.startsWith('zh') ? zhHans : en
}
