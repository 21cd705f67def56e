package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/nats-io/nats.go"
)

// applicationCommand is the first argument of a process that is an application
// outside of the server: it lets everybody in, and acknowledges what it is sent.
const applicationCommand = "application"

// serveApplication answers until a signal, over the NATS that --backend-credentials
// has written of or by HTTP with a secret, and says so when it does.
func serveApplication(args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("nats CREDENTIALS, or webhook SECRET")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	content, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	if args[0] == "nats" {
		return answerNATS(ctx, content, out)
	}
	return answerHTTP(ctx, content, out)
}

// answered is what the application says to what it is told.
func answered(kind string, body []byte) []byte {
	var call struct{ Args json.RawMessage }
	switch {
	case kind == "connect":
		return []byte(`{"allow":{}}`)
	case kind != "event" || json.Unmarshal(body, &call) != nil:
		return nil
	}
	return fmt.Appendf(nil, `{"args":%s}`, call.Args)
}

func answerNATS(ctx context.Context, credentials []byte, out io.Writer) error {
	var c struct{ Server, Cluster string }
	if err := json.Unmarshal(credentials, &c); err != nil {
		return err
	}
	nc, err := nats.Connect(c.Server)
	if err != nil {
		return err
	}
	defer nc.Close()
	for _, kind := range []string{"connect", "event", "disconnect"} {
		_, err := nc.QueueSubscribe("ioserver."+c.Cluster+".v1.on."+kind+".>", "app", func(m *nats.Msg) {
			_ = m.Respond(answered(kind, m.Data)) // where it does not arrive, what was asked for is missed
		})
		if err != nil {
			return err
		}
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "listening 0")
	<-ctx.Done()
	return nil
}

func answerHTTP(ctx context.Context, secret []byte, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !genuine(secret, r.Header.Get("Ioserver-Signature"), body) {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write(answered(r.Header.Get("Ioserver-Type"), body)) // as above
	})}
	fmt.Fprintf(out, "listening %d\n", l.Addr().(*net.TCPAddr).Port)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	<-ctx.Done()
	err = s.Close()
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func genuine(secret []byte, header string, body []byte) bool {
	at, mac, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	want := hmac.New(sha256.New, secret)
	want.Write([]byte(at + "."))
	want.Write(body)
	return hmac.Equal([]byte(mac), []byte(hex.EncodeToString(want.Sum(nil))))
}
