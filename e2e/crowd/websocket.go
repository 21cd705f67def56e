package crowd

import (
	"context"
	"fmt"
	"io"

	"github.com/fasthttp/websocket"
)

// bufferBytes are kept small, for there are many clients, but not so small that
// long messages come in more fragments than a server takes.
const bufferBytes = 4096

func (l *link) openWebSocket(ctx context.Context) error {
	ws, err := l.dialWebSocket(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	l.ws = ws
	_, first, err := ws.ReadMessage()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := l.begin(string(first)); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	l.wg.Go(func() { l.read(ws) })
	return nil
}

// dialWebSocket makes a WebSocket that ends with the link.
func (l *link) dialWebSocket(ctx context.Context) (*websocket.Conn, error) {
	dialer := websocket.Dialer{NetDialContext: l.dialer.DialContext, ReadBufferSize: bufferBytes, WriteBufferSize: bufferBytes}
	ws, answer, err := dialer.DialContext(ctx, l.url("ws", "websocket"), nil)
	if err != nil {
		if answer != nil {
			b, _ := io.ReadAll(answer.Body)
			err = &StatusError{"websocket", answer.StatusCode, string(b)}
		}
		return nil, err
	}
	context.AfterFunc(l.ctx, func() { ws.Close() })
	return ws, nil
}

func (l *link) read(ws *websocket.Conn) {
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			l.end(fmt.Errorf("read: %w", err))
			return
		}
		if !l.arrived(string(b)) {
			return
		}
	}
}

// upgrade moves from polling to a WebSocket, while packets go both ways.
func (l *link) upgrade() error {
	ws, err := l.dialWebSocket(l.ctx)
	if err != nil {
		return err
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte("2probe")); err != nil {
		return err
	}
	_, b, err := ws.ReadMessage()
	if err != nil {
		return err
	}
	if string(b) != "3probe" {
		return fmt.Errorf("%w, wanted 3probe: %.60q", errUnexpected, b)
	}
	l.pausing.Store(true)
	<-l.polled // the server answers the last poll, with a noop if there is nothing else
	l.sending.Lock()
	err = ws.WriteMessage(websocket.TextMessage, []byte("5"))
	l.ws = ws
	l.sending.Unlock()
	if err != nil {
		return err
	}
	l.read(ws)
	return nil
}
