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

func readDating(dir string) (datingState, error) { return readState(datingFile(dir)) }

func readState(file string) (state datingState, err error) {
	data, err := os.ReadFile(file)
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

// redacted is an address without the password that it may have.
func redacted(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return address
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
		name := redacted(address)
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
		}
		if fields := a.asked(err, now, min(d.Every, askAgain)); fields != nil {
			d.tell(ctx, fields)
		}
		if err == nil {
			*a = Authority{URL: name, Dated: now, Entries: entries, Due: now.Add(d.Every)}
		}
		if err := d.Stream.keepState(datingFile(d.Stream.dir), d.state); err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// asked notes how asking an authority went, and returns what the vault is to say of
// it: nothing but when it begins to fail, and when it answers again.
func (a *Authority) asked(err error, now time.Time, again time.Duration) map[string]any {
	if err == nil {
		if a.Failures == 0 {
			return nil
		}
		return map[string]any{"authority": a.URL, "answers": true, "failed-since": a.Since.UTC().Format(time.RFC3339), "failures": a.Failures}
	}
	a.Due, a.Error = now.Add(again), err.Error()
	if a.Failures++; a.Failures > 1 {
		return nil
	}
	a.Since = now
	return map[string]any{"authority": a.URL, "error": a.Error}
}

// keepState writes a file that says where something beside the stream stands.
func (s *Stream) keepState(file string, state any) error {
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	return s.disk.replace(file, append(text, '\n'), 0o600)
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
