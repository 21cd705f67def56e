package contract_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/contract"
)

// What data may be asked for is an object, by parser and schema alike.
func TestDataToAskFor(t *testing.T) {
	for _, name := range []string{contract.SocketsCommand, contract.RoomsCommand} {
		for body, code := range map[string]string{
			`{"data":{}}`: "",
			`{"data":{"user":"anna","n":[1,{"a":null}]}}`: "",
			`{"data":[]}`:     contract.WrongType,
			`{"data":"anna"}`: contract.WrongType,
			`{"data":null}`:   contract.WrongType,
		} {
			_, err := contract.Parse(name, []byte(body))
			agree(t, name, body, err)
			if got := codeOf(err); got != code {
				t.Errorf("%s %s: %v", name, body, err)
			}
		}
		for _, body := range []string{`{"data":{"n":1e999}}`, `{"data":{"a":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}}`} {
			if _, err := contract.Parse(name, []byte(body)); codeOf(err) != contract.InvalidValue {
				t.Errorf("%s %.40s: %v", name, body, err)
			}
		}
	}
	if _, err := contract.Parse(contract.EmitCommand, []byte(`{"event":"m","data":{}}`)); codeOf(err) != contract.UnknownField {
		t.Errorf("emit takes data: %v", err)
	}
}

func codeOf(err *contract.Error) string {
	if err == nil {
		return ""
	}
	return err.Code
}
