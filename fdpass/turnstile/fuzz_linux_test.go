package turnstile

import "testing"

// FuzzUnpack: what a ring may hold is either refused, or exactly what pack makes of an event that can be.
func FuzzUnpack(f *testing.F) {
	for _, e := range []Event{{Taken, 0, 1}, {Ended, 0, 0}, {Handed, 255, 1<<64 - 1}, {Lost, 1, 7}} {
		c := pack(e)
		f.Add(c.what, c.site)
	}
	f.Add(uint64(0), uint64(0))
	f.Add(uint64(1)<<16|uint64(Handed), uint64(0))
	f.Fuzz(func(t *testing.T, what, site uint64) {
		c := cell{what, site}
		e, ok := unpack(c)
		if ok && (pack(e) != c || e.Kind < Taken || e.Kind > Lost || e.To != 0 && e.Kind < Handed) {
			t.Errorf("%v is taken for %+v", c, e)
		}
	})
}
