package trace

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vigie.example/evidence"
)

const tsaConfig = `
[req]
distinguished_name=dn
prompt=no
[dn]
CN=Time authority of the tests
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
subjectKeyIdentifier=hash
[tsa]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
[server]
extendedKeyUsage=critical,serverAuth
[ts]
default_tsa=main
[main]
serial=serial
signer_cert=tsa.pem
signer_key=tsa.key
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256,sha384,sha512
accuracy=secs:1
ess_cert_id_chain=no
ess_cert_id_alg=sha256
`

// run runs a program in a folder.
func run(t testing.TB, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// authority makes a time-stamping authority with openssl, and returns its
// folder. kind is the algorithm of its key.
func authority(t testing.TB, kind ...string) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	if len(kind) == 0 {
		kind = []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"conf": tsaConfig, "serial": "01\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"ca.key", "tsa.key"} {
		run(t, dir, "openssl", append([]string{"genpkey", "-out", key}, kind...)...)
	}
	run(t, dir, "openssl", "req", "-x509", "-new", "-key", "ca.key", "-out", "ca.pem", "-days", "20000", "-config", "conf", "-extensions", "ca", "-subj", "/CN=Root of the tests")
	run(t, dir, "openssl", "req", "-new", "-key", "tsa.key", "-out", "tsa.csr", "-config", "conf")
	for name, extensions := range map[string]string{"tsa.pem": "tsa", "server.pem": "server"} {
		run(t, dir, "openssl", "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20000", "-out", name, "-extfile", "conf", "-extensions", extensions)
	}
	return dir
}

func roots(t testing.TB, dir string) *x509.CertPool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := evidence.ReadCertificates(data)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// stampServer answers requests of RFC 3161 by openssl, with the authority of a
// folder.
func stampServer(t testing.TB, dir string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "query"), query, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
		run(t, dir, "openssl", "ts", "-reply", "-config", "conf", "-section", "main", "-queryfile", "query", "-out", "reply")
		http.ServeFile(w, r, filepath.Join(dir, "reply"))
	}
}

// stamping has an authority of openssl date checkpoints.
func stamping(t testing.TB, dir string) func([]byte) ([]byte, error) {
	srv := httptest.NewServer(stampServer(t, dir))
	t.Cleanup(srv.Close)
	return AskAuthority(t.Context(), srv.Client(), srv.URL)
}

func TestTimeStamps(t *testing.T) {
	for name, kind := range map[string][]string{"EC": nil, "RSA": {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}} {
		dir := authority(t, kind...)
		content := []byte("a checkpoint")
		reply, err := stamping(t, dir)(content)
		if err != nil {
			t.Fatal(err)
		}
		token, err := evidence.VerifyToken("x", reply, content, roots(t, dir))
		if err != nil || token.Nonce == nil || token.Authority != "CN=Time authority of the tests" {
			t.Errorf("%s: %+v %v", name, token, err)
		}
		wrong := func(what, key string, reply, content []byte, pool *x509.CertPool) {
			t.Helper()
			_, err := evidence.VerifyToken("x", reply, content, pool)
			if p, ok := err.(evidence.Problem); !ok || p.Key != key {
				t.Errorf("%s, %s: %v, want %s", name, what, err, key)
			}
		}
		wrong("other content", "evidence.token_imprint", reply, []byte("another"), roots(t, dir))
		wrong("other authority", "evidence.token_certificate", reply, content, roots(t, authority(t)))
		wrong("nothing", "evidence.token_form", nil, content, roots(t, dir))
		if run(t, dir, "cp", "server.pem", "tsa.pem"); name == "EC" { // openssl refuses to sign with it: nothing to verify
			continue
		}
		// Whatever byte is altered, the token is refused or says the same.
		for i := range reply {
			bad := append([]byte(nil), reply...)
			bad[i] ^= 0x10
			if got, err := evidence.VerifyToken("x", bad, content, roots(t, dir)); err == nil && (!got.Time.Equal(token.Time) || got.Serial.Cmp(token.Serial) != 0) {
				t.Errorf("byte %d altered: accepted as %+v", i, got)
			}
		}
	}
}
