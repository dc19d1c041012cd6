package trace

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// A Dating has a stream dated by several authorities, each by itself, now and then.
// It is not for use by several goroutines at once.
//
// Where it stands is kept in the file "dating" of the stream, for people; the vault
// itself says in entries since when an authority fails, and when it answers again.
type Dating struct {
	Stream *Stream
	URLs   []string      // of the authorities
	Every  time.Duration // between two time-stamps of one authority
	Client *http.Client

	state *datingState
}

// datingState is the file "dating".
type datingState struct {
	Own         int64 // entries that the dating made: they are no reason to date again
	Authorities []Authority
}

// An Authority is what a stream knows of one.
type Authority struct {
	URL      string    // without the password that it may have
	Dated    time.Time // when it last dated the stream; zero when it did not
	Entries  int64     // entries of others than the dating that it covers
	Failures int       // tries that failed since
	Since    time.Time // of the first of them
	Error    string    // of the last of them
	Due      time.Time // not asked before
}

const (
	askTimeout = 30 * time.Second
	askAgain   = 5 * time.Minute // after a failure, when that is sooner
)

func datingFile(dir string) string { return filepath.Join(dir, "dating") }

// ReadDating returns what the stream in a folder knows of its authorities; nothing
// when it has none.
func ReadDating(dir string) ([]Authority, error) {
	state, err := readDating(dir)
	return state.Authorities, err
}

func readDating(dir string) (state datingState, err error) {
	data, err := os.ReadFile(datingFile(dir))
	if os.IsNotExist(err) {
		return state, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &state)
	}
	return state, err
}

// of returns what is known of an authority.
func (s *datingState) of(name string) *Authority {
	for i := range s.Authorities {
		if s.Authorities[i].URL == name {
			return &s.Authorities[i]
		}
	}
	s.Authorities = append(s.Authorities, Authority{URL: name})
	return &s.Authorities[len(s.Authorities)-1]
}

// Keep asks the authorities whose time has come, when there is something new to
// date. It returns what failed: those are asked again later, the others meanwhile.
func (d *Dating) Keep(ctx context.Context, now time.Time) (failed []error) {
	if len(d.URLs) == 0 {
		return nil
	}
	if d.state == nil {
		state, err := readDating(d.Stream.dir)
		if err != nil { // unreadable: dated again, and written again
			failed = append(failed, err)
		}
		d.state = &state
	}
	for _, address := range d.URLs {
		name := address
		if u, err := url.Parse(address); err == nil {
			name = u.Redacted()
		}
		a := d.state.of(name)
		entries := d.Stream.Stats().Durable - d.state.Own
		if now.Before(a.Due) || entries <= a.Entries || ctx.Err() != nil {
			continue
		}
		err := d.ask(ctx, address)
		if ctx.Err() != nil {
			return failed
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
			a.Due = now.Add(min(d.Every, askAgain))
			if a.Failures++; a.Failures == 1 {
				a.Since = now
				d.tell(ctx, map[string]any{"authority": name, "error": err.Error()})
			}
			a.Error = err.Error()
		} else {
			if a.Failures > 0 {
				d.tell(ctx, map[string]any{"authority": name, "answers": true, "failed-since": a.Since.UTC().Format(time.RFC3339), "failures": a.Failures})
			}
			*a = Authority{URL: name, Dated: now, Entries: entries, Due: now.Add(d.Every)}
		}
		text, err := json.MarshalIndent(d.state, "", "  ")
		if err == nil {
			err = d.Stream.disk.replace(datingFile(d.Stream.dir), append(text, '\n'), 0o600)
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

func (d *Dating) ask(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	made, err := d.Stream.anchor(ctx, AskAuthority(ctx, d.Client, address))
	d.state.Own += made
	return err
}

// tell has the vault say something about an authority. What cannot be written
// there is in the file "dating".
func (d *Dating) tell(ctx context.Context, fields map[string]any) {
	if d.Stream.tell(ctx, "timestamp", fields) == nil {
		d.state.Own++
	}
}
