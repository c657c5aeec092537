import { en } from './en'
import { zh, type Words } from './zh'
import { zhHant } from './zh_hant'

export type { Words }

/** The server's code of the language that a tag stands for; Simplified Chinese where it is none of ours. */
export function tagOf(language: string): 'en' | 'zh-hans' | 'zh-hant' {
  const tag = language.toLowerCase()
  if (tag.startsWith('en')) return 'en'
  return /^zh-(hant|tw|hk|mo)/.test(tag) ? 'zh-hant' : 'zh-hans'
}

export function wordsIn(language: string): Words {
  return { en, 'zh-hans': zh, 'zh-hant': zhHant }[tagOf(language)]
}
