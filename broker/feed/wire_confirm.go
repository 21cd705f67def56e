package feed

import "encoding/binary"

// maxServer bounds the name of a server, in bytes.
const maxServer = 255

// question asks another worker for a word: it travels behind the subscriptions
// that its asker has made.
type question struct {
	id uint32 // chosen by the asker
}

func appendQuestion(b []byte, o Origin, q question) []byte {
	return binary.BigEndian.AppendUint32(appendOrigin(b, kindQuestion, o), q.id)
}

func parseQuestion(b []byte) (q question, err error) {
	r := reader{b: b}
	q.id = r.uint32()
	return q, r.done()
}

// word is the answer to a question.
type word struct {
	life   uint64 // of the asker
	id     uint32
	server string // that the answering worker is connected to, never empty
}

func appendWord(b []byte, o Origin, w word) []byte {
	b = appendOrigin(b, kindWord, o)
	b = binary.BigEndian.AppendUint64(b, w.life)
	b = binary.BigEndian.AppendUint32(b, w.id)
	return append(append(b, byte(len(w.server))), w.server...)
}

func parseWord(b []byte) (w word, err error) {
	r := reader{b: b}
	w.life = r.uint64()
	w.id = r.uint32()
	w.server = string(r.take(uint64(r.byte())))
	if w.server == "" {
		r.fail()
	}
	return w, r.done()
}
