package agent

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	vigie "vigie.example"
)

// A client speaks to the API of one server.
type client struct {
	server    string // without a slash at the end
	http      *http.Client
	userAgent string
}

// newClient checks an address before anything is sent to it.
//
// Errors: Invalid when the address is not that of a server, when it would carry
// tokens in clear beyond this machine, or when caFile holds no certificate.
func newClient(server, caFile, version string) (*client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "agent.server", Args: []any{server}}
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "agent.plain_http", Args: []any{server}}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "agent.ca", Args: []any{caFile}, Err: err}
		}
		config.RootCAs = x509.NewCertPool() // this authority and no other
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "agent.ca", Args: []any{caFile}}
		}
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:       config,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConns:          1,
		ForceAttemptHTTP2:     true,
	}
	return &client{
		server:    strings.TrimRight(u.Scheme+"://"+u.Host+u.Path, "/"),
		userAgent: "vigie-agent/" + version,
		http: &http.Client{
			Transport: transport,
			Timeout:   10 * time.Minute, // a large report on a slow line
			// A redirection would take the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// A refusal is an answer of the server that is not a success.
type refusal struct {
	status int
	code   string        // of the problem, when the server is Vigie
	detail string        // for people
	wait   time.Duration // asked by the server before another attempt; 0 when it did not say
}

func (e *refusal) Error() string {
	return strings.TrimSpace("status " + strconv.Itoa(e.status) + " " + e.code + " " + e.detail)
}

// token says that the token is not (or no longer) the right one.
func (e *refusal) token() bool {
	return e.status == http.StatusUnauthorized || e.status == http.StatusForbidden
}

// final says that the same report would be refused again.
func (e *refusal) final() bool {
	switch e.status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return e.code != "" // another program that answers in place of Vigie decides nothing
	}
	return false
}

// maxAnswer bounds what is read of an answer, and maxWait what a server may ask
// to wait.
const (
	maxAnswer = 64 << 10
	maxWait   = time.Hour
)

// enrol lets the machine in and returns its token.
func (c *client) enrol(ctx context.Context, enrolment, machine, hostname string) (string, error) {
	body, err := json.Marshal(map[string]string{"machine_id": machine, "hostname": hostname})
	if err != nil {
		return "", err
	}
	var answer struct{ Token string }
	if err := c.post(ctx, "/api/v1/agent/enrol", enrolment, "", body, &answer); err != nil {
		return "", err
	}
	if answer.Token == "" || len(answer.Token) > 1000 || strings.ContainsFunc(answer.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("the server gave no token")
	}
	return answer.Token, nil
}

// report sends a packed report and returns the id of the machine in the
// inventory.
func (c *client) report(ctx context.Context, token string, packed []byte) (asset string, err error) {
	var answer struct{ Asset string }
	err = c.post(ctx, "/api/v1/agent/report", token, "gzip", packed, &answer)
	return clean(answer.Asset), err
}

// post sends a body. Errors: *refusal when the server answered, another error
// when it did not.
func (c *client) post(ctx context.Context, path, token, encoding string, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return refusalOf(res, data)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, answer)
}

func refusalOf(res *http.Response, data []byte) error {
	e := &refusal{status: res.StatusCode}
	var problem struct{ Code, Detail string }
	if json.Unmarshal(data, &problem) == nil {
		e.code, e.detail = clean(problem.Code), clean(problem.Detail)
	}
	if s, err := strconv.ParseInt(res.Header.Get("Retry-After"), 10, 32); err == nil && s > 0 {
		e.wait = min(time.Duration(s)*time.Second, maxWait)
	}
	return e
}
