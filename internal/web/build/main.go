// Command build bundles the scripts and styles of the pages into
// internal/web/dist, which the program embeds: names with a hash of the
// contents, each beside its gzip form, and a manifest of the names. It runs in
// internal/web, after npm ci in assets.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// entries are the files that pages load, and what each becomes.
var entries = []string{"assets/app.js", "assets/theme.js", "assets/app.css"}

const dist = "dist"

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func build() error {
	res := api.Build(api.BuildOptions{
		EntryPoints:       entries,
		Outdir:            dist,
		Outbase:           "assets",
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Target:            api.ES2022,
		Format:            api.FormatIIFE,
		Loader:            map[string]api.Loader{".svg": api.LoaderDataURL},
		LegalComments:     api.LegalCommentsLinked, // the licences travel with the files
		Metafile:          true,
		LogLevel:          api.LogLevelWarning,
		LogOverride:       map[string]api.LogLevel{"unsupported-css-property": api.LogLevelSilent},
	})
	if len(res.Errors) > 0 {
		return fmt.Errorf("%s", res.Errors[0].Text)
	}
	old, err := filepath.Glob(filepath.Join(dist, "*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if filepath.Base(path) == ".gitkeep" { // so that a fresh clone has the folder
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	manifest := map[string]string{}
	for _, f := range res.OutputFiles {
		name := filepath.Base(f.Path)
		contents := f.Contents
		if filepath.Ext(name) == ".css" {
			if contents, err = prune(contents); err != nil {
				return err
			}
		}
		plain := name
		if ext := filepath.Ext(name); ext == ".js" || ext == ".css" {
			sum := sha256.Sum256(contents)
			name = strings.TrimSuffix(plain, ext) + "-" + hex.EncodeToString(sum[:8]) + ext
			manifest[plain] = name
		}
		if err := os.WriteFile(filepath.Join(dist, name), contents, 0o644); err != nil {
			return err
		}
		packed, err := pack(contents)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dist, name+".gz"), packed, 0o644); err != nil {
			return err
		}
		fmt.Printf("%-28s %7d bytes, %6d packed\n", name, len(contents), len(packed))
	}
	data, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), append(data, '\n'), 0o644)
}

func pack(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}
