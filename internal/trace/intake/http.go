package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Tokens says who holds a secret: names by the SHA-256 of the secret, in
// hexadecimal.
type Tokens map[string]string

// ReadTokens reads lines "name sha256-hex"; empty ones and those that begin
// with # are passed over.
func ReadTokens(r io.Reader) (Tokens, error) {
	tokens := Tokens{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("line %d: a name and a SHA-256 are expected", n)
		}
		sum, err := hex.DecodeString(fields[1])
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("line %d: not a SHA-256 in hexadecimal", n)
		}
		tokens[hex.EncodeToString(sum)] = fields[0]
	}
	return tokens, lines.Err()
}

const (
	bodyMost        = 32 << 20         // bytes of a body once decompressed; a journal has no bound, since it is read as it comes
	requestsOne     = 8                // under way for one address
	requestsAll     = 64               // under way in all
	bodyIdle        = time.Minute      // without a byte of a body
	headTime        = 20 * time.Second // for the handshake and the header
	batchMost       = 64 << 10         // bytes given to the vault at once
	journalLeftOut  = "VIGIE_LEFT_OUT"
	journalLeftMost = 16 // fields left out that are named
)

// HTTP accepts requests of HTTP, or HTTPS when config is given: newline JSON,
// the bulk requests of Elasticsearch, OTLP logs, and systemd-journal-upload. A request is
// answered once its events are on disk. When tokens is given, a sender shows one of
// those that it returns at that time, or a certificate.
func (s *Server) HTTP(l net.Listener, config *tls.Config, tokens func() Tokens) {
	s.start()
	h := &httpIntake{s: s, tokens: tokens, mark: "http:", under: map[string]int{}, held: map[string]int{}}
	l = &bounded{Listener: l, s: s}
	if config != nil {
		config = config.Clone()
		config.NextProtos = []string{"http/1.1"} // one request at a time of one connection
		if config.ClientCAs != nil && tokens != nil {
			config.ClientAuth = tls.VerifyClientCertIfGiven
		}
		l, h.mark = tls.NewListener(l, config), "http+tls:"
	}
	srv := &http.Server{
		Handler:           h.routes(),
		ReadHeaderTimeout: headTime,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	s.running.Go(func() {
		<-s.ctx.Done()
		_ = srv.Close()
	})
	s.running.Go(func() { _ = srv.Serve(l) })
}

// bounded counts connections within the limits.
type bounded struct {
	net.Listener
	s *Server
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := addressOf(c.RemoteAddr().String())
		if b.s.enter(c, address) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { b.s.leave(c, address) })}, nil
		}
		b.s.Log.Warn("connection refused: too many", "address", address)
		_ = c.Close()
	}
}

// counted is a connection that leaves when closed.
type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	err := c.Conn.Close()
	c.leave()
	return err
}

func addressOf(remote string) string {
	address, _, err := net.SplitHostPort(remote)
	if err != nil {
		return "unknown"
	}
	return address
}

type httpIntake struct {
	s      *Server
	tokens func() Tokens
	mark   string // how sources begin
	all    int    // requests under way; guarded, as under, by the server's lock
	under  map[string]int

	heldAll int // bytes of bodies read whole; guarded likewise
	held    map[string]int
}

func (h *httpIntake) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /ingest/ndjson", h.receive(bodyMost, ndjson))
	mux.Handle("POST /upload", h.receive(0, journal))
	mux.HandleFunc("POST /v1/logs", h.otlp)
	for _, pattern := range []string{"POST /_bulk", "PUT /_bulk", "POST /{index}/_bulk"} {
		mux.Handle(pattern, h.receive(bodyMost, bulk))
	}
	// What senders ask of Elasticsearch before they send.
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if _, ok := h.who(r); !ok {
				refuseUnknown(w)
				return
			}
			elastic(w, http.StatusOK, text)
		}
	}
	mux.Handle("GET /{$}", say(`{"name":"vigie","cluster_name":"vigie","cluster_uuid":"vigie","version":{"number":"8.15.0","build_flavor":"default","build_type":"tar","lucene_version":"9.11.1","minimum_wire_compatibility_version":"7.17.0","minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"}`))
	mux.Handle("GET /_license", say(`{"license":{"status":"active","uid":"vigie","type":"basic","mode":"basic"}}`))
	mux.Handle("GET /_xpack", say(`{"license":{"type":"basic","mode":"basic","status":"active"},"features":{"ilm":{"available":true,"enabled":true}}}`))
	mux.Handle("GET /_cluster/health", say(`{"cluster_name":"vigie","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1}`))
	mux.Handle("GET /_cat/health", say(`[{"cluster":"vigie","status":"green"}]`))
	for _, path := range []string{"_ilm", "_index_template", "_component_template", "_template", "_ingest", "_data_stream", "_alias"} {
		mux.Handle("GET /"+path+"/", say(`{}`))
		mux.Handle("PUT /"+path+"/", say(`{"acknowledged":true}`))
	}
	return mux
}

func elastic(w http.ResponseWriter, status int, text string) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// who names the sender of a request; false when it had to show what it did not.
func (h *httpIntake) who(r *http.Request) (name string, ok bool) {
	name = h.mark + printable(addressOf(r.RemoteAddr))
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return name + "/" + printable(r.TLS.PeerCertificates[0].Subject.CommonName), true
	}
	if h.tokens == nil {
		return name, true
	}
	kind, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	user, secret := "", value
	switch strings.ToLower(kind) {
	case "bearer":
	case "basic", "apikey":
		plain, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return "", false
		}
		user, secret, ok = strings.Cut(string(plain), ":")
		if !ok {
			return "", false
		}
	default:
		return "", false
	}
	sum := sha256.Sum256([]byte(secret))
	holder, known := h.tokens()[hex.EncodeToString(sum[:])]
	if !known || user != "" && user != holder {
		return "", false
	}
	return name + "/" + printable(holder), true
}

func refuseUnknown(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="vigie"`)
	elastic(w, http.StatusUnauthorized, `{"error":{"type":"security_exception","reason":"a certificate or a token is needed"},"status":401}`)
}

// begin counts a request in.
func (h *httpIntake) begin(address string) bool {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if h.s.closed || h.all >= requestsAll || h.under[address] >= requestsOne {
		return false
	}
	h.all++
	h.under[address]++
	h.s.running.Add(1)
	return true
}

func (h *httpIntake) end(address string) {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	h.all--
	if h.under[address]--; h.under[address] == 0 {
		delete(h.under, address)
	}
	h.s.running.Done()
}

// A refusal is an answer that is not 200. The events before it may be kept.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

var (
	errBody  = &refusal{http.StatusRequestEntityTooLarge, "the body is longer than 32 MiB once decompressed: send less at once"}
	errVault = &refusal{http.StatusServiceUnavailable, "the vault does not keep events at present: send again later"}
)

// A format reads a body, gives its events, and returns the answer to write once
// they are durable.
type format func(in *bufio.Reader, b *batch) (answer []byte, err error)

// receive makes the handler of a format. most bounds the body; 0 is no bound.
func (h *httpIntake) receive(most int64, read format) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		address := addressOf(r.RemoteAddr)
		name, ok := h.who(r)
		if !ok {
			refuseUnknown(w)
			return
		}
		if !h.begin(address) {
			h.refuse(w, r, name, &refusal{http.StatusTooManyRequests, "too many requests at once: send again later"})
			return
		}
		defer h.end(address)
		if most > 0 && r.ContentLength > most {
			h.refuse(w, r, name, errBody)
			return
		}
		body := &paced{h: h, address: address, r: r.Body, control: http.NewResponseController(w), left: most, bound: most > 0}
		in, done, err := decompress(r.Header.Get("Content-Encoding"), body)
		if err != nil {
			h.refuse(w, r, name, err)
			return
		}
		defer done()
		b := &batch{s: h.s, address: address, name: name}
		b.freed = sync.NewCond(&b.mu)
		// What is counted and bounded is what comes out of decompression.
		body.out = in
		answer, err := read(bufio.NewReaderSize(body.outside(), 32<<10), b)
		err = errors.Join(b.wait(), err)
		if err != nil {
			h.refuse(w, r, name, err)
			return
		}
		elastic(w, http.StatusOK, string(answer))
	}
}

func (h *httpIntake) refuse(w http.ResponseWriter, req *http.Request, name string, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{http.StatusBadRequest, err.Error()}
	}
	h.s.Log.Warn("request refused", "source", name, "status", r.status, "error", err)
	if r.status == http.StatusServiceUnavailable || r.status == http.StatusTooManyRequests {
		if strings.HasSuffix(req.URL.Path, "/_bulk") { // rsyslog sends again after a broken connection, and loses what gets a status
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Retry-After", "10")
	}
	w.Header().Set("Connection", "close")
	w.Header().Set("Content-Type", "application/json")
	text, _ := json.Marshal(map[string]any{"error": map[string]string{"type": "vigie", "reason": r.reason}, "status": r.status})
	elastic(w, r.status, string(text))
}

// decompress opens a body, whose memory is bounded whatever it says.
func decompress(encoding string, r io.Reader) (io.Reader, func(), error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, func() {}, nil
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, fmt.Errorf("gzip: %w", err)
		}
		return z, func() {}, nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, nil, fmt.Errorf("zstd: %w", err)
		}
		return z, z.Close, nil
	}
	return nil, nil, &refusal{http.StatusUnsupportedMediaType, "Content-Encoding: gzip, zstd or none"}
}

// paced reads a body at the pace that its address may have.
type paced struct {
	h       *httpIntake
	address string
	r       io.Reader
	out     io.Reader // r, decompressed
	control *http.ResponseController
	left    int64
	bound   bool
}

// Read reads what came, for no longer than a sender may say nothing.
func (p *paced) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(bodyIdle))
	return p.r.Read(b)
}

func (p *paced) outside() io.Reader { return readerFunc(p.readOut) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func (p *paced) readOut(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if p.left -= int64(n); p.bound && p.left < 0 {
		return 0, errBody
	}
	s := p.h.s
	s.mu.Lock()
	wait := s.spend(s.sources[p.address], n)
	s.mu.Unlock()
	if wait > 0 {
		select {
		case <-s.ctx.Done():
			return 0, errVault
		case <-time.After(wait):
		}
	}
	return n, err
}

// A batch gathers the events of a request and gives them to the vault.
type batch struct {
	s             *Server
	address, name string
	events        [][]byte
	size          int

	mu     sync.Mutex
	freed  *sync.Cond
	unsafe int // bytes given and not durable
	failed error
}

// add takes a copy of an event.
func (b *batch) add(event []byte) error {
	b.events = append(b.events, bytes.Clone(event))
	if b.size += len(event) + 64; b.size >= batchMost {
		return b.give()
	}
	return nil
}

func (b *batch) give() error {
	if len(b.events) == 0 {
		return nil
	}
	events, size := b.events, b.size
	b.events, b.size = nil, 0
	b.mu.Lock()
	for b.failed == nil && b.unsafe > 0 && b.unsafe+size > b.s.Limits.Unsafe {
		b.freed.Wait()
	}
	err := b.failed
	if err == nil {
		b.unsafe += size
	}
	b.mu.Unlock()
	if err != nil {
		return err
	}
	b.s.note(b.address, b.name, "acknowledged", events)
	release := func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.unsafe -= size
		if err != nil && b.failed == nil {
			b.failed = fmt.Errorf("%w (%w)", errVault, err)
		}
		b.freed.Broadcast()
	}
	if err := b.s.Sink.Append(b.s.ctx, b.name, events, release); err != nil {
		release(err)
		return fmt.Errorf("%w (%w)", errVault, err)
	}
	return nil
}

// wait returns once every event is on disk, or could not be kept.
func (b *batch) wait() error {
	err := b.give()
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.unsafe > 0 {
		b.freed.Wait()
	}
	return errors.Join(b.failed, err)
}

// readLine returns a line without its end. A line longer than most is passed
// over: long is true. io.EOF comes alone, after the last line.
func readLine(in *bufio.Reader, most int, line []byte) (_ []byte, long bool, err error) {
	line = line[:0]
	read := false
	for {
		part, err := in.ReadSlice('\n')
		read = read || len(part) > 0
		if len(line)+len(part) > most+2 {
			long = true
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && read:
		case err != nil:
			return nil, false, err
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		return line, long || len(line) > most, nil
	}
}

// ndjson keeps each line as it came, whatever it is.
func ndjson(in *bufio.Reader, b *batch) ([]byte, error) {
	var line []byte
	for kept, n := 0, 1; ; n++ {
		var long bool
		var err error
		line, long, err = readLine(in, b.s.Limits.Message, line)
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Appendf(nil, `{"kept":%d}`, kept), nil
		case err != nil:
			return nil, err
		case long:
			return nil, &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("line %d is longer than %d bytes; the lines before it are kept", n, b.s.Limits.Message)}
		case len(line) > 0:
			if err := b.add(line); err != nil {
				return nil, err
			}
			kept++
		}
	}
}

// bulk reads the bulk requests of Elasticsearch. The documents of index and
// create are kept as they came, one event each; update and delete are refused,
// each by itself: what is kept does not change.
func bulk(in *bufio.Reader, b *batch) ([]byte, error) {
	type item struct {
		create bool
		status uint16
		other  string
	}
	var items []item
	failed := false
	var line []byte
	for {
		var long bool
		var err error
		if line, long, err = readLine(in, b.s.Limits.Message, line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if len(line) == 0 && !long {
			continue
		}
		var action map[string]json.RawMessage
		if long || json.Unmarshal(line, &action) != nil || len(action) != 1 {
			return nil, &refusal{http.StatusBadRequest, "an action such as {\"create\":{}} was expected; what comes before it is kept"}
		}
		var it item
		for op := range action {
			switch op {
			case "create", "index":
				it.create = op == "create"
			case "update", "delete":
				it = item{status: http.StatusBadRequest, other: op}
			default:
				return nil, &refusal{http.StatusBadRequest, "an unknown action; what comes before it is kept"}
			}
		}
		if it.other != "delete" {
			if line, long, err = readLine(in, b.s.Limits.Message, line); errors.Is(err, io.EOF) {
				return nil, &refusal{http.StatusBadRequest, "the last action comes without its document; what comes before it is kept"}
			} else if err != nil {
				return nil, err
			}
		}
		switch {
		case it.other != "":
		case long:
			it.status = http.StatusRequestEntityTooLarge
		case len(line) == 0:
			it.status = http.StatusBadRequest
		default:
			it.status = http.StatusCreated
			if err := b.add(line); err != nil {
				return nil, err
			}
		}
		failed = failed || it.status != http.StatusCreated
		items = append(items, it)
	}
	out := fmt.Appendf(nil, `{"took":0,"errors":%t,"items":[`, failed)
	for i, it := range items {
		if i > 0 {
			out = append(out, ',')
		}
		op := it.other
		switch {
		case op != "":
		case it.create:
			op = "create"
		default:
			op = "index"
		}
		if it.status == http.StatusCreated {
			out = fmt.Appendf(out, `{%q:{"_index":"vigie","status":201,"result":"created"}}`, op)
			continue
		}
		reason := "what is kept does not change"
		switch {
		case it.status == http.StatusRequestEntityTooLarge:
			reason = "the document is longer than an event may be"
		case it.other == "":
			reason = "the document is empty"
		}
		out = fmt.Appendf(out, `{%q:{"_index":"vigie","status":%d,"error":{"type":"illegal_argument_exception","reason":%q}}}`, op, it.status, reason)
	}
	return append(out, "]}"...), nil
}

// journal reads the export format of systemd's journal. Each entry is kept as
// it came, without the empty line that ends it. A field that does not fit in an
// event is left out, and the event says so, with its length and SHA-256:
//
//	VIGIE_LEFT_OUT=NAME LENGTH SHA256
func journal(in *bufio.Reader, b *batch) ([]byte, error) {
	most := b.s.Limits.Message - 4096 // room for what is said of fields left out
	var entry, left []byte
	lefts, kept := 0, 0
	end := func() error {
		if len(entry)+len(left) == 0 {
			return nil
		}
		entry = bytes.TrimSuffix(append(entry, left...), []byte("\n"))
		err := b.add(entry)
		entry, left, lefts = entry[:0], left[:0], 0
		kept++
		return err
	}
	for {
		head, err := in.Peek(1)
		if errors.Is(err, io.EOF) && len(head) == 0 {
			if err := end(); err != nil {
				return nil, err
			}
			return fmt.Appendf(nil, `{"kept":%d}`, kept), nil
		} else if err != nil {
			return nil, err
		}
		if head[0] == '\n' {
			_, _ = in.ReadByte()
			if err := end(); err != nil {
				return nil, err
			}
			continue
		}
		start := len(entry)
		name, size, whole, err := journalField(in, most, &entry)
		if err != nil {
			return nil, err
		}
		if whole == "" {
			continue
		}
		entry = entry[:start]
		if lefts++; lefts <= journalLeftMost {
			left = fmt.Appendf(left, "%s=%s %d %s\n", journalLeftOut, name, size, whole)
		}
	}
}

var errJournal = &refusal{http.StatusBadRequest, "not the export format of a journal; the entries before it are kept"}

// journalField appends a field to an entry of at most some bytes. When it does
// not fit it returns the SHA-256 of its value; what was appended is to be taken
// back.
func journalField(in *bufio.Reader, most int, entry *[]byte) (name string, size uint64, sum string, err error) {
	cut := func(err error) error {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errJournal
		}
		return err
	}
	var label [66]byte
	n := 0
	for {
		c, err := in.ReadByte()
		if err != nil {
			return "", 0, "", cut(err)
		}
		label[n] = c
		if c == '=' || c == '\n' {
			break
		}
		if c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return "", 0, "", errJournal
		}
		if n++; n > 64 {
			return "", 0, "", errJournal
		}
	}
	if n == 0 {
		return "", 0, "", errJournal
	}
	name = string(label[:n])
	*entry = append(*entry, label[:n+1]...)
	hash := sha256.New()
	fits := true
	take := func(part []byte) {
		size += uint64(len(part))
		_, _ = hash.Write(part)
		if fits = fits && len(*entry)+len(part) < most; fits {
			*entry = append(*entry, part...)
		}
	}
	if label[n] == '=' {
		for ended := false; !ended; {
			part, err := in.ReadSlice('\n')
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return "", 0, "", cut(err)
			}
			if ended = err == nil; ended {
				part = part[:len(part)-1]
			}
			take(part)
		}
	} else {
		var length [8]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return "", 0, "", cut(err)
		}
		*entry = append(*entry, length[:]...)
		var rest uint64
		for i, c := range length {
			rest |= uint64(c) << (8 * i)
		}
		if rest > 1<<30 { // journald keeps none so long
			return "", 0, "", errJournal
		}
		var buf [4096]byte
		for rest > 0 {
			part := buf[:min(rest, uint64(len(buf)))]
			if _, err := io.ReadFull(in, part); err != nil {
				return "", 0, "", cut(err)
			}
			rest -= uint64(len(part))
			take(part)
		}
		if c, err := in.ReadByte(); err != nil || c != '\n' {
			return "", 0, "", errors.Join(errJournal, err)
		}
	}
	if !fits {
		return name, size, hex.EncodeToString(hash.Sum(nil)), nil
	}
	*entry = append(*entry, '\n')
	return name, size, "", nil
}
