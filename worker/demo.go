package worker

import (
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/valyala/fasthttp"
)

// demo registers what --demo offers: an event that acknowledges its arguments.
func demo(io *socketio.Server) {
	io.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) {
		if e.WantsAck() {
			_ = e.Ack(e.Args())
		}
	})
}

const demoHTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ioserver</title>
<h1>ioserver</h1>
<p>This server speaks Socket.IO. Connect a client and emit <code>echo</code> with an acknowledgement.</p>
</html>
`

// demoPage serves the page at / and 404 elsewhere.
func demoPage(ctx *fasthttp.RequestCtx) {
	if string(ctx.Path()) != "/" {
		ctx.Error("Not Found", fasthttp.StatusNotFound)
		return
	}
	ctx.SetContentType("text/html; charset=utf-8")
	ctx.SetBodyString(demoHTML)
}
