package console

import "muster/attendance/faceid"

// faceIDKeys are texts about how face references stand.
func faceIDKeys() []string {
	var keys []string
	for _, s := range faceid.States {
		keys = append(keys, "face.state."+string(s), "face.text."+string(s))
	}
	return keys
}
