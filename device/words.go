package device

import (
	"crypto/sha256"
	"strings"
)

// Words returns a public key's fingerprint as four words (32 bits), which the
// tablet and the console both show: if they are the same, the manager approves
// the tablet in front of him and no other. key is in PKIX form, DER. Of any key two
// words may be the same; a tablet asks with one of which none are.
func Words(key []byte) []string {
	sum := sha256.Sum256(append([]byte("muster key words v1\x00"), key...))
	out := make([]string, 4)
	for i := range out {
		out[i] = wordList[sum[i]]
	}
	return out
}

// wordList has 256 short words that are hard to mistake for each other, spoken
// or read. The order is part of the protocol.
var wordList = strings.Fields(`
acorn actor album alley amber anchor ankle apple apron arena arrow atlas
attic autumn badge bagel baker bamboo banjo barn basil basket beacon beaver
bench berry bicycle biscuit blanket bottle boulder branch bread breeze bridge bronze
bucket buffalo bundle butter button cabin cactus camel camera candle canoe canvas
canyon carbon carpet carrot castle cedar cellar cement chalk cherry chimney cinema
circus clover cobalt coffee comet compass copper coral cotton cousin cradle crayon
cricket crystal cupboard curtain daisy dancer denim desert diamond dolphin donkey door
dragon drawer drum eagle echo elbow elephant ember engine envelope evening fabric
falcon farmer feather fennel ferry fiddle finger flag flamingo flute forest fossil
fountain fox galaxy garden garlic gate ginger giraffe glacier glove goblet granite
grape guitar hammer harbor harvest hazel hedge helmet herring honey horizon hornet
igloo indigo iron island ivory jacket jaguar jelly jigsaw jungle kayak kettle
keyboard kitchen kitten ladder lagoon lantern lemon leopard library lily linen lizard
lobster locker lotus magnet mango maple marble market meadow melon mirror mitten
monkey mosaic motor mountain museum mustard napkin needle nickel notebook nutmeg oasis
ocean olive onion orange orchid otter oxygen paddle palace panda paper parrot
pebble pencil pepper piano pickle pigeon pillow pilot planet plum pocket pony
poppy potato puzzle pyramid quartz rabbit radio raven ribbon river robin rocket
saddle salmon sandal saturn scarf school shadow silver sketch spider spoon squirrel
statue summer sunset table teapot temple thunder ticket tiger timber tomato tower
tractor tulip tunnel turtle umbrella valley velvet violin volcano walnut whistle window
winter zebra wagon yogurt`)
