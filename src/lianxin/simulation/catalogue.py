"""The invented goods that never change with the seed: brands, producers, codes and price classes."""

from dataclasses import dataclass

PRICE_CLASSES = ("一类", "二类", "三类", "四类", "五类")

PRODUCERS = (
    "临江卷烟厂（虚构）",
    "岚川卷烟厂（虚构）",
    "沅溪卷烟厂（虚构）",
    "北汀卷烟厂（虚构）",
    "望洲卷烟厂（虚构）",
    "棠溪卷烟厂（虚构）",
)

# Brand and the price classes of its five products; 120 products in all.
BRANDS = (
    ("临江渡", "11233"),
    ("青禾谣", "11233"),
    ("听澜阁", "11123"),
    ("鹤汀晓", "11123"),
    ("松间雪", "11123"),
    ("墨溪堂", "11123"),
    ("霁月轩", "11123"),
    ("砚池春", "11123"),
    ("云渡晚", "11233"),
    ("棠梨坞", "11233"),
    ("望洲帆", "11233"),
    ("半山亭语", "11233"),
    ("竹里风", "11233"),
    ("南浦云", "11233"),
    ("归雁汀", "12334"),
    ("苇岸灯", "12334"),
    ("柳堤歌", "12334"),
    ("雨巷人", "12334"),
    ("梧叶笺", "12344"),
    ("石矶雁", "12344"),
    ("渔舟谣", "13345"),
    ("稻香陌", "13345"),
    ("麦垄青", "34455"),
    ("晒谷场", "34455"),
)
KEY_BRANDS = ("临江渡", "青禾谣")

_VARIANTS = ("典藏", "软金", "硬金", "细支", "中支", "软蓝", "硬蓝", "软红", "硬红", "清雅", "醇和", "新韵")


@dataclass(frozen=True, slots=True)
class CataloguedProduct:
    code: str
    name: str
    brand: str
    producer: str
    class_index: int


def _catalogue() -> tuple[CataloguedProduct, ...]:
    products = []
    for b, (brand, classes) in enumerate(BRANDS):
        for k, digit in enumerate(classes):
            variant = _VARIANTS[(b * 5 + k) % len(_VARIANTS)]
            products.append(
                CataloguedProduct(
                    code=f"99{b + 1:02d}{k + 1:02d}",
                    name=f"{brand}（{variant}）",
                    brand=brand,
                    producer=PRODUCERS[b % len(PRODUCERS)],
                    class_index=int(digit) - 1,
                )
            )
    return tuple(products)


PRODUCTS = _catalogue()
KEY_PRODUCTS = tuple(product.code for product in PRODUCTS if product.brand in KEY_BRANDS)
