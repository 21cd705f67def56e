"""A chat by webhook. python3 chat.py needs nothing but Python; ../README.md says how ioserver is started beside it."""
import hmac, json, os, secrets, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

API, SECRET, TOKEN = os.environ.get("API", "http://127.0.0.1:3001/api/"), Path("hook.secret"), Path("api.token")
for file in SECRET, TOKEN:  # shared with ioserver, and made the first time
    file.touch(0o600)
    file.write_text(file.read_text() or secrets.token_hex(32))

def api(path, body=None):
    head = {"Authorization": "Bearer " + TOKEN.read_text(), "Content-Type": "application/json"}
    return json.load(urlopen(Request(API + path, body and json.dumps(body).encode(), head), timeout=10))

def emit(event, line, room, *but):
    api("emit", {"event": event, "args": [line], "rooms": [room], "except": but})

def connect(handshake, **_):
    name = handshake["auth"].get("name") or handshake["query"].get("name", [""])[0]
    if not name:
        return {"refuse": {"message": "who are you?", "data": {"code": "no_name"}}}
    emit("joined", {"room": "lobby", "name": name}, "lobby")
    return {"allow": {"rooms": ["lobby"], "data": {"name": name}}}

def event(id, event, args, rooms, data, **_):
    room, line = args[0]["room"], args[0] | data
    if event == "who":
        return {"args": [[socket["data"] for socket in api("sockets?" + urlencode({"rooms": room}))["sockets"]]]}
    if event == "join":
        api("join", {"join": [room], "socket": id})
    elif room not in rooms:
        return {"args": [{"error": {"code": "not_in_room", "message": "join it first"}}]}
    emit("joined" if event == "join" else "said", line, room, id)
    return {"args": ["ok"]}

ANSWERS = {"connect": connect, "event": event, "disconnect": lambda data, **_: emit("left", data, "lobby")}

def genuine(header, body):  # t=TIME,v1=MAC, and another v1=MAC while the secret is changed
    at, *macs = (part.partition("=")[2] for part in header.split(","))
    mac = hmac.new(SECRET.read_bytes(), at.encode() + b"." + body, "sha256").hexdigest()
    return abs(time.time() - int(at)) < 300 and any(hmac.compare_digest(mac, m) for m in macs)

class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not genuine(self.headers["Ioserver-Signature"], body):
            return self.send_error(401)
        answer = json.dumps(ANSWERS[self.headers["Ioserver-Type"]](**json.loads(body)) or {})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())

ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8000))), Hook).serve_forever()
