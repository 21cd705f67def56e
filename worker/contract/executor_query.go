package contract

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/ioserver/ioserver/worker/socketio"
)

// SocketsPage is the answer to the command sockets, ordered by id.
type SocketsPage struct {
	Sockets []SocketInfo `json:"sockets"`
	// Next is what the next page comes after; "": there is none.
	Next string `json:"next"`
	// Workers are those that have not answered, whose sockets are missing.
	Workers []Worker `json:"workers"`
}

// SocketInfo tells of one socket.
type SocketInfo struct {
	ID        string          `json:"id"`
	Home      string          `json:"home"`
	Rooms     []string        `json:"rooms"` // the id first
	Data      json.RawMessage `json:"data,omitempty"`
	Handshake *Handshake      `json:"handshake,omitempty"`
}

// RoomsPage is the answer to the command rooms, ordered by name. A socket's own
// id is not among them.
type RoomsPage struct {
	Rooms   []RoomInfo `json:"rooms"`
	Next    string     `json:"next"`
	Workers []Worker   `json:"workers"`
}

// RoomInfo tells of one room.
type RoomInfo struct {
	Room    string `json:"room"`
	Sockets int    `json:"sockets"` // that are in it
}

// HandshakeOf is a handshake as applications are told of it.
func HandshakeOf(h socketio.Handshake) Handshake {
	return Handshake{
		Headers: h.Headers, Query: h.Query, Auth: h.Auth, Address: h.Address, URL: h.URL,
		Time: h.Time.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Issued: h.Issued, Secure: h.Secure, XDomain: h.XDomain,
	}
}

// fetch asks all workers.
func (c *Command) fetch(ctx context.Context, b socketio.Broadcast) ([]*socketio.RemoteSocket, []Worker, *Error) {
	ctx, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	all, err := b.FetchSockets(ctx)
	workers := workersOf(err)
	if errors.Is(err, socketio.ErrUnmet) {
		return nil, nil, unmet()
	}
	if err != nil && workers == nil {
		return nil, nil, c.failed(err)
	}
	if workers == nil {
		workers = []Worker{}
	}
	return slices.DeleteFunc(all, func(s *socketio.RemoteSocket) bool { return !c.wants(s) }), workers, nil
}

// wants reports whether a socket's data is as it is asked for.
func (c *Command) wants(s *socketio.RemoteSocket) bool {
	if len(c.Data) == 0 {
		return true
	}
	var raw json.RawMessage
	if s.Data(&raw) != nil || raw == nil {
		return false
	}
	data, ok := valueOf(raw)
	return ok && has(data, c.Data)
}

func (c *Command) sockets(ctx context.Context, b socketio.Broadcast, most int) (any, *Error) {
	all, workers, refused := c.fetch(ctx, b)
	if refused != nil {
		return nil, refused
	}
	slices.SortFunc(all, func(a, b *socketio.RemoteSocket) int { return strings.Compare(a.ID(), b.ID()) })
	page := &SocketsPage{Sockets: []SocketInfo{}, Workers: workers}
	for _, s := range all {
		if c.After != "" && s.ID() <= c.After {
			continue
		}
		info := SocketInfo{ID: s.ID(), Home: HomeOf(s.ID()), Rooms: s.Rooms()}
		if err := s.Data(&info.Data); err != nil {
			return nil, refuse(Internal, "%v", err)
		}
		if c.Handshake {
			h := HandshakeOf(s.Handshake())
			info.Handshake = &h
		}
		if most -= size(info); len(page.Sockets) == c.Limit || most < 0 {
			if len(page.Sockets) == 0 {
				return nil, refuse(TooLarge, "what there is to tell of socket %s does not fit into an answer", info.ID)
			}
			page.Next = page.Sockets[len(page.Sockets)-1].ID
			break
		}
		page.Sockets = append(page.Sockets, info)
	}
	return page, nil
}

func (c *Command) rooms(ctx context.Context, b socketio.Broadcast, most int) (any, *Error) {
	all, workers, refused := c.fetch(ctx, b)
	if refused != nil {
		return nil, refused
	}
	members := make(map[string]int)
	for _, s := range all {
		for _, room := range s.Rooms() {
			if room != s.ID() {
				members[strings.ToValidUTF8(room, "\uFFFD")]++ // as JSON has it, so that pages end
			}
		}
	}
	names := make([]string, 0, len(members))
	for name := range members {
		if name > c.After || c.After == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	page := &RoomsPage{Rooms: []RoomInfo{}, Workers: workers}
	for _, name := range names {
		info := RoomInfo{Room: name, Sockets: members[name]}
		if most -= size(info); len(page.Rooms) == c.Limit || most < 0 && len(page.Rooms) > 0 {
			page.Next = page.Rooms[len(page.Rooms)-1].Room
			break
		}
		page.Rooms = append(page.Rooms, info)
	}
	return page, nil
}

// size is what a value takes within an answer.
func size(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return answerOverhead // a name that is no UTF-8 has a JSON too; nothing else of ours can fail
	}
	return len(b) + len(",")
}
