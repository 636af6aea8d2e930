package attendance

// Languages are the BCP 47 tags of the languages that the cloud speaks. The first is
// spoken to whoever asks for none of them.
var Languages = []string{"en", "de", "ru"}
