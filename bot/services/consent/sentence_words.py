"""The words of spoken consent: a few at random make a sentence that nobody can have recorded before.

Each is a plain noun of five letters or more and differs from every other in at least three letters, so that no slip
in reading or listening turns one into another. There are no numbers, since transcripts write them as digits.
"""

WORDS = tuple(
    """
    acorn album alley almond amber anchor angel apple arcade arrow artist atlas attic autumn avocado badge
    bakery balcony balloon bamboo banana banjo barrel basket beacon beaver bedroom beetle bicycle biscuit bishop
    blossom blouse bonfire boulder bracelet branch bread breeze brick broccoli bubble buffalo butter cabbage
    cabin cactus camel candle canvas canyon captain caravan cardinal carpet cartoon cement chair champion cherry
    chestnut chicken chimney chisel chocolate church cinema cinnamon circle citizen clarinet climate coconut
    coffee compass concert copper cottage cotton cowboy crimson crocodile crown crystal cucumber cupboard
    cushion custard dancer dessert diamond dolphin domino donkey dragon drawer drummer eagle elbow elephant
    elevator emerald engine envelope evening fabric factory farmer feather fence festival fiddle finger flamingo
    flannel flute football forest fountain freckle fridge galaxy garage garden garlic giraffe glacier glove
    goblin gorilla granite gravel guitar hamster harbour harvest helmet horizon hospital hotel hurricane iceberg
    igloo insect island ivory jaguar jelly jersey jigsaw journey jungle juniper kangaroo kayak kennel ketchup
    kingdom kitchen koala ladder lagoon lantern lavender lemon leopard library lizard lobster machine magnet
    marble meadow medal melody meteor mineral mirror morning mosquito muffin museum mushroom napkin necklace
    nephew nickel noodle nutmeg oatmeal ocean onion opera orange orchard orchestra ostrich palace pancake
    panther paper peanut pelican pencil penguin picnic pigeon pillow pirate plaster pocket popcorn porridge
    potato powder prairie princess printer pumpkin puppet purple pyramid python quarry rabbit raccoon radio
    railway rainbow raspberry ribbon river salad sandal sandwich sausage school scissors scooter shampoo sheriff
    shower signal skeleton slipper snail soldier spider spinach sponge spoon spring squirrel stable station
    sunset sweater symbol temple tennis theatre thunder tornado tractor traffic treasure trumpet tulip turkey
    umbrella unicorn vacuum vanilla village violet volcano walnut welcome whisper whistle window yoghurt zebra
    """.split()  # noqa: SIM905 - in quotation marks nobody could read them
)
