package feed

import (
	"strconv"
	"sync/atomic"
)

// subjects of one cluster. They begin where applications' permissions do not
// reach (package embedded), and with the version of the wire format, so that
// workers of incompatible versions do not meet.
//
//	_ioserver.<cluster>.feed1.all               beats, messages to All
//	_ioserver.<cluster>.feed1.bucket.<bucket>   messages to a bucket
//	_ioserver.<cluster>.feed1.home.<node>.<slot> direct messages, requests, questions, their answers
type subjects struct {
	prefix string
	all    string
	bucket [NumBuckets]atomic.Pointer[string] // made when first used
}

func newSubjects(cluster string) *subjects {
	s := &subjects{prefix: "_ioserver." + cluster + ".feed1."}
	s.all = s.prefix + "all"
	return s
}

func (s *subjects) of(st stream) string {
	switch {
	case st.direct():
		return s.home(uint16(st>>9), uint8(st>>1))
	case st.bucket() == All:
		return s.all
	}
	p := &s.bucket[st.bucket()]
	if subject := p.Load(); subject != nil {
		return *subject
	}
	subject := s.prefix + "bucket." + strconv.Itoa(int(st.bucket()))
	p.Store(&subject)
	return subject
}

func (s *subjects) home(node uint16, slot uint8) string {
	return s.prefix + "home." + strconv.Itoa(int(node)) + "." + strconv.Itoa(int(slot))
}
