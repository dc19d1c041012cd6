package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	otellog "go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"vigie.example/internal/trace/line"
)

func postOTLP(t testing.TB, at, kind string, body []byte) (int, string, string) {
	t.Helper()
	resp, err := http.Post("http://"+at+"/v1/logs", kind, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(text)
}

const otlpJSON = `{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"srv-1"}},{"key":"service.name","value":{"stringValue":"shop"}}]},
"scopeLogs":[{"scope":{"name":"lib"},"logRecords":[{"timeUnixNano":"1795576455000000000","severityNumber":9,"severityText":"INFO","traceId":"5b8aa5a2d2c872e8321cf37308d69df2",
"body":{"stringValue":"order <1>"},"attributes":[{"key":"n","value":{"intValue":"42"}},{"key":"l","value":{"arrayValue":{"values":[{"boolValue":true},{"doubleValue":1.5}]}}}]}]}]}]}`

const otlpKept = `{"@timestamp":"2026-11-25T03:14:15Z","severity_text":"INFO","severity_number":9,"body":"order <1>","attributes":{"l":[true,1.5],"n":42},"trace_id":"5b8aa5a2d2c872e8321cf37308d69df2","resource":{"host.name":"srv-1","service.name":"shop"},"scope":{"name":"lib"}}`

// TestOTLP: both encodings of the same records are kept as the same events.
func TestOTLP(t *testing.T) {
	m := &memory{}
	at := web(t, m, nil)
	if status, kind, text := postOTLP(t, at, "application/json; charset=utf-8", []byte(otlpJSON)); status != 200 || kind != "application/json" || text != "{}" {
		t.Errorf("%d %s %s", status, kind, text)
	}
	text := func(s string) *common.AnyValue {
		return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: s}}
	}
	trace := []byte{0x5b, 0x8a, 0xa5, 0xa2, 0xd2, 0xc8, 0x72, 0xe8, 0x32, 0x1c, 0xf3, 0x73, 0x08, 0xd6, 0x9d, 0xf2}
	body, err := proto.Marshal(&collector.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		ScopeLogs: []*logs.ScopeLogs{{Scope: &common.InstrumentationScope{Name: "lib"}, LogRecords: []*logs.LogRecord{
			{TimeUnixNano: 1795576455000000000, SeverityNumber: 9, SeverityText: "INFO", TraceId: trace, Body: text("order <1>"), Attributes: []*common.KeyValue{
				{Key: "n", Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: 42}}},
				{Key: "l", Value: &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{Values: []*common.AnyValue{
					{Value: &common.AnyValue_BoolValue{BoolValue: true}}, {Value: &common.AnyValue_DoubleValue{DoubleValue: 1.5}}}}}}},
			}},
			{Body: text(strings.Repeat("x", 70<<10))},
		}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	status, kind, answer := postOTLP(t, at, "application/x-protobuf", body)
	var said collector.ExportLogsServiceResponse
	if err := proto.Unmarshal([]byte(answer), &said); err != nil || status != 200 || kind != "application/x-protobuf" || said.PartialSuccess.GetRejectedLogRecords() != 1 {
		t.Errorf("%d %s %v %v", status, kind, &said, err)
	}
	without := strings.Replace(otlpKept, `"resource":{"host.name":"srv-1","service.name":"shop"},`, "", 1)
	if got, want := fmt.Sprintf("%q", m.events), fmt.Sprintf("%q", []string{"http:127.0.0.1 " + otlpKept, "http:127.0.0.1 " + without}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if h := line.Parse([]byte(otlpKept), 0); string(h.Host) != "srv-1" || string(h.App) != "shop" || string(h.Message([]byte(otlpKept))) != "order <1>" || !h.Zoned {
		t.Errorf("%+v", h)
	}
	for _, bad := range []struct {
		kind, body string
		status     int
	}{
		{"application/json", "{", 400}, {"application/json", `{"resourceLogs":3}`, 400}, {"application/json", `{"resourceLogs":[3]}`, 400},
		{"application/json", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":3}]}]}]}`, 400},
		{"application/x-protobuf", "\x0a\xff", 400}, {"application/x-protobuf", "\x0a\x04\x12\x02\x12\x05", 400}, {"text/plain", "x", 415},
		{"application/json", `{"x":"` + strings.Repeat("y", otlpMost) + `"}`, 413},
	} {
		if status, _, text := postOTLP(t, at, bad.kind, []byte(bad.body)); status != bad.status {
			t.Errorf("%.40q: %d %s, want %d", bad.body, status, text, bad.status)
		}
	}
	if status, _, _ := postOTLP(t, web(t, &memory{err: errors.New("the disk is full")}, nil), "application/json", []byte(otlpJSON)); status != 503 {
		t.Errorf("a full disk: %d", status)
	}
}

// TestRealOpenTelemetry: the exporter of OpenTelemetry sends through an outage.
func TestRealOpenTelemetry(t *testing.T) {
	m := &memory{err: errors.New("the disk is full")}
	ctx := t.Context()
	exporter, err := otlploghttp.New(ctx, otlploghttp.WithEndpoint(web(t, m, nil)), otlploghttp.WithInsecure(), otlploghttp.WithCompression(otlploghttp.GzipCompression),
		otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: true, InitialInterval: 50 * time.Millisecond, MaxInterval: 200 * time.Millisecond, MaxElapsedTime: time.Minute}))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)),
		sdklog.WithResource(resource.NewSchemaless(attribute.String("host.name", "srv-1"), attribute.String("service.name", "shop"))))
	logger := provider.Logger("lib")
	for i := range 1000 {
		var r otellog.Record
		r.SetTimestamp(time.UnixMicro(1795576455000000))
		r.SetBody(attribute.StringValue(fmt.Sprintf("order %d", i)))
		logger.Emit(ctx, r)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		m.mu.Lock()
		m.err = nil
		m.mu.Unlock()
	})
	end, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := provider.Shutdown(end); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range m.events {
		var event logRecord
		_, text, _ := strings.Cut(e, " ")
		if err := json.Unmarshal([]byte(text), &event); err != nil || event.Resource["host.name"] != "srv-1" || event.Time != "2026-11-25T03:14:15Z" {
			t.Fatalf("%s: %v", e, err)
		}
		seen[event.Body.(string)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d records, want 1000", len(seen))
	}
}

func FuzzOTLP(f *testing.F) {
	f.Add([]byte(otlpJSON), true)
	body, _ := proto.Marshal(&collector.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{ScopeLogs: []*logs.ScopeLogs{{LogRecords: []*logs.LogRecord{{SeverityText: "x"}}}}}}})
	f.Add(body, false)
	f.Fuzz(func(t *testing.T, data []byte, text bool) {
		walk := walkProto
		if text {
			walk = walkJSON
		}
		_ = walk(data, 64<<10, func(r *logRecord) error {
			if r == nil {
				return nil
			}
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("%+v: %v", r, err)
			}
			return nil
		})
	})
}
