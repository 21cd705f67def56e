package api_test

import (
	"encoding/json"
	"testing"

	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/contract/schematest"
)

// Whatever a query says, it is refused with a code, or a body of which the parser
// thinks what the schema does.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{
		"", "namespace=/chat&rooms=a&rooms=b&except=c", "limit=10&after=x&handshake=true", "limit=10001", "limit=-1", "limit=01", "limit=1&limit=2", "data=%7B%22a%22%3A%7B%7D%7D", "data=[]", "data=1e999",
		"rooms=", "rooms=%ff", "%00=1", "&&=&", "namespace", "namespace=%", "after=%F0%9F%98%80", "handshake=TRUE", "data=%7B%22a%22%3A1e999%7D",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		body, code := api.SocketsFields(q)
		if code != "" {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q becomes %q", q, body)
		}
		_, refused := contract.Parse(contract.SocketsCommand, body)
		err := schematest.Validate(contract.SocketsCommand, body)
		if err == nil && refused != nil && refused.Code == contract.InvalidValue { // numbers too large, names too long in bytes, data too deep
			return
		}
		if (err == nil) != (refused == nil) && refused == nil {
			t.Errorf("%q becomes %s: the schema says %v, the parser %v", q, body, err, refused)
		}
	})
}
