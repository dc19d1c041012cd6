package api

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/collect/host"
	"vigie.example/internal/identity"
)

// agentLife is how long the token of a machine lasts; it enrols again then.
const agentLife = 365 * 24 * time.Hour

// maxOpened bounds a report once unpacked, in bytes.
const maxOpened = 128 << 20

func enrol(r *request) (any, error) {
	var body struct {
		MachineID string `json:"machine_id"`
		Hostname  string `json:"hostname"`
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	if !host.MachineID(body.MachineID) || strings.TrimSpace(body.Hostname) == "" || len(body.Hostname) > 90 || strings.ContainsFunc(body.Hostname, unicode.IsControl) {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "host.bad_enrolment"}
	}
	secret, _, err := identity.Issue(r.Context(), r.s.DB, identity.Token{Name: body.Hostname, Role: identity.Agent, Machine: body.MachineID, EndsAt: r.now.Add(agentLife)}, r.token.Actor(), r.now)
	if err != nil {
		return nil, err
	}
	return map[string]string{"token": secret}, nil
}

func report(r *request) (any, error) {
	var in io.Reader = http.MaxBytesReader(r.w, r.Body, maxReport)
	if r.Header.Get("Content-Encoding") == "gzip" {
		zr, err := gzip.NewReader(in)
		if err != nil {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "api.json", Args: []any{err.Error()}}
		}
		in = zr
	}
	limited := &io.LimitedReader{R: in, N: maxOpened}
	var rep agent.Report
	if err := json.NewDecoder(limited).Decode(&rep); err != nil {
		if limited.N <= 0 {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "api.too_large", Args: []any{maxOpened}}
		}
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "api.json", Args: []any{err.Error()}}
	}
	if rep.MachineID != r.token.Machine {
		return nil, &vigie.Error{Code: vigie.Forbidden, Key: "host.other_machine"}
	}
	asset, err := host.Take(r.Context(), r.s.Book, rep, r.now)
	if err != nil {
		return nil, err
	}
	return map[string]string{"asset": asset}, nil
}
