package evidence

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha1" // of the first form of ESS signing certificates
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"
)

// Structures of RFC 3161 and RFC 5652, as far as they are read.
type (
	timeStampResp struct {
		Status pkiStatusInfo
		Token  asn1.RawValue `asn1:"optional"`
	}
	pkiStatusInfo struct {
		Status int
		Text   []asn1.RawValue `asn1:"optional"`
		Fail   asn1.BitString  `asn1:"optional"`
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      encapsulated
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	signerInfo struct {
		Version            int
		SID                asn1.RawValue
		Digest             pkix.AlgorithmIdentifier
		SignedAttributes   asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm          pkix.AlgorithmIdentifier
		Signature          []byte
		UnsignedAttributes asn1.RawValue `asn1:"optional,tag:1"`
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue `asn1:"set"`
	}
	tstInfo struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    messageImprint
		Serial     *big.Int
		Time       time.Time     `asn1:"generalized"`
		Accuracy   accuracy      `asn1:"optional"`
		Ordering   bool          `asn1:"optional"`
		Nonce      *big.Int      `asn1:"optional"`
		TSA        asn1.RawValue `asn1:"optional,explicit,tag:0"`
		Extensions asn1.RawValue `asn1:"optional,tag:1"`
	}
	accuracy struct {
		Seconds int `asn1:"optional"`
		Millis  int `asn1:"optional,tag:0"`
		Micros  int `asn1:"optional,tag:1"`
	}
	messageImprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	essCertID struct { // both forms: the first has no algorithm
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Hash      []byte
		Issuer    asn1.RawValue `asn1:"optional"`
	}
	signingCertificate struct {
		Certificates []essCertID
		Policies     asn1.RawValue `asn1:"optional"`
	}
)

var (
	oidSignedData     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertV2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidExtKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidRSASSAPSS      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	digestAlgorithms  = map[string]crypto.Hash{"2.16.840.1.101.3.4.2.1": crypto.SHA256, "2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512}
	errTimestampOrder = errors.New("not in the exact form (DER)")
)

// A Token says what a time-stamping authority attested.
type Token struct {
	Time      time.Time
	Serial    *big.Int
	Nonce     *big.Int // of the request, when it had one
	Authority string   // subject of its certificate

	signer *x509.Certificate
	others *x509.CertPool // certificates that came with it
}

// VerifyToken checks that reply, a TimeStampResp, is a token over content by an
// authority that roots lead to (8). name says in problems which one it is.
func VerifyToken(name string, reply, content []byte, roots *x509.CertPool) (*Token, error) {
	token, err := ReadToken(name, reply, content)
	if err != nil {
		return nil, err
	}
	if err := token.ledTo(roots); err != nil {
		return nil, problem("evidence.token_certificate", name, err)
	}
	return token, nil
}

// ledTo says why the certificate of the authority is not chained to one of roots.
func (t *Token) ledTo(roots *x509.CertPool) error {
	_, err := t.signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: t.others, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	return err
}

// ReadToken is VerifyToken but for the chain of the certificate: it says what is
// signed, and not whether the one who signed is an authority.
func ReadToken(name string, reply, content []byte) (*Token, error) {
	form := func(err error) error { return problem("evidence.token_form", name, err) }
	certificate := func(err error) error { return problem("evidence.token_certificate", name, err) }
	var resp timeStampResp
	if err := exactly(reply, &resp); err != nil {
		return nil, form(err)
	}
	if resp.Status.Status != 0 && resp.Status.Status != 1 {
		return nil, form(errors.New("the authority refused"))
	}
	var info contentInfo
	var signed signedData
	if err := exactly(resp.Token.FullBytes, &info); err != nil {
		return nil, form(err)
	}
	if err := exactly(info.Content.Bytes, &signed); err != nil {
		return nil, form(err)
	}
	if !info.Type.Equal(oidSignedData) || !signed.Content.Type.Equal(oidTSTInfo) || len(signed.Signers) != 1 {
		return nil, form(errors.New("not one signature of a time-stamp"))
	}
	var tst tstInfo
	if err := exactly(signed.Content.Content, &tst); err != nil {
		return nil, form(err)
	}
	if tst.Version != 1 {
		return nil, form(errors.New("unknown version"))
	}
	hash, ok := digestAlgorithms[tst.Imprint.Algorithm.Algorithm.String()]
	if !ok {
		return nil, form(errors.New("unknown hash of the content"))
	}
	if !bytes.Equal(digest(hash, content), tst.Imprint.Hash) {
		return nil, problem("evidence.token_imprint", name)
	}

	signer := signed.Signers[0]
	certs, err := x509.ParseCertificates(signed.Certificates.Bytes)
	if err != nil {
		return nil, certificate(err)
	}
	hash, ok = digestAlgorithms[signer.Digest.Algorithm.String()]
	if !ok {
		return nil, form(errors.New("unknown hash of the signature"))
	}
	attributes, err := readAttributes(signer.SignedAttributes)
	if err != nil {
		return nil, form(err)
	}
	var contentType asn1.ObjectIdentifier
	var messageDigest []byte
	if err := exactly(attributes[oidContentType.String()], &contentType); err != nil || !contentType.Equal(oidTSTInfo) {
		return nil, form(errors.New("no content type among the signed attributes"))
	}
	if err := exactly(attributes[oidMessageDigest.String()], &messageDigest); err != nil || !bytes.Equal(messageDigest, digest(hash, signed.Content.Content)) {
		return nil, problem("evidence.token_signature", name)
	}
	cert := signerCertificate(certs, signer.SID)
	if cert == nil {
		return nil, certificate(errors.New("absent"))
	}
	if !namesCertificate(attributes, cert) {
		return nil, certificate(errors.New("not the one that the signature names"))
	}
	algorithm, ok := signatureAlgorithm(cert, signer.Algorithm, hash)
	if !ok {
		return nil, form(errors.New("unknown signature algorithm"))
	}
	// What is signed is the SET OF attributes under its universal tag.
	toSign := append([]byte{0x31}, signer.SignedAttributes.FullBytes[1:]...)
	if err := cert.CheckSignature(algorithm, toSign, signer.Signature); err != nil {
		return nil, problem("evidence.token_signature", name)
	}
	if !onlyTimeStamping(cert) {
		return nil, certificate(errors.New("not one for time-stamping alone"))
	}
	intermediates := x509.NewCertPool()
	for _, c := range certs {
		intermediates.AddCert(c)
	}
	return &Token{Time: tst.Time, Serial: tst.Serial, Nonce: tst.Nonce, Authority: cert.Subject.String(), signer: cert, others: intermediates}, nil
}

// exactly unmarshals the whole of data.
func exactly(data []byte, v any) error {
	rest, err := asn1.Unmarshal(data, v)
	if err == nil && len(rest) > 0 {
		err = errTimestampOrder
	}
	return err
}

func digest(h crypto.Hash, data []byte) []byte {
	sum := h.New()
	sum.Write(data)
	return sum.Sum(nil)
}

// readAttributes returns the single value of each signed attribute.
func readAttributes(set asn1.RawValue) (map[string][]byte, error) {
	if len(set.FullBytes) == 0 {
		return nil, errors.New("no signed attributes")
	}
	found := map[string][]byte{}
	for rest := set.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, err
		}
		if found[a.Type.String()] != nil {
			return nil, errors.New("a signed attribute is there twice")
		}
		found[a.Type.String()] = a.Values.Bytes
	}
	return found, nil
}

// signerCertificate returns the certificate that a signer identifier means.
func signerCertificate(certs []*x509.Certificate, sid asn1.RawValue) *x509.Certificate {
	var by issuerAndSerial
	bySerial := sid.Class == asn1.ClassUniversal && exactly(sid.FullBytes, &by) == nil
	for _, c := range certs {
		if bySerial && bytes.Equal(c.RawIssuer, by.Issuer.FullBytes) && c.SerialNumber.Cmp(by.Serial) == 0 {
			return c
		}
		if sid.Class == asn1.ClassContextSpecific && sid.Tag == 0 && len(sid.Bytes) > 0 && bytes.Equal(c.SubjectKeyId, sid.Bytes) {
			return c
		}
	}
	return nil
}

// namesCertificate says whether the signed attributes name the certificate.
func namesCertificate(attributes map[string][]byte, c *x509.Certificate) bool {
	for _, form := range []struct {
		oid  asn1.ObjectIdentifier
		hash crypto.Hash // when none is given
	}{{oidSigningCertV2, crypto.SHA256}, {oidSigningCert, crypto.SHA1}} {
		var sc signingCertificate
		value := attributes[form.oid.String()]
		if value == nil {
			continue
		}
		if exactly(value, &sc) != nil || len(sc.Certificates) == 0 {
			return false
		}
		id, hash := sc.Certificates[0], form.hash
		if len(id.Algorithm.Algorithm) > 0 {
			hash = digestAlgorithms[id.Algorithm.Algorithm.String()]
		}
		return hash != 0 && bytes.Equal(id.Hash, digest(hash, c.Raw))
	}
	return false
}

func signatureAlgorithm(c *x509.Certificate, a pkix.AlgorithmIdentifier, h crypto.Hash) (x509.SignatureAlgorithm, bool) {
	var by map[crypto.Hash]x509.SignatureAlgorithm
	switch c.PublicKey.(type) {
	case *rsa.PublicKey:
		by = map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA}
		if a.Algorithm.Equal(oidRSASSAPSS) {
			by = map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.SHA256WithRSAPSS, crypto.SHA384: x509.SHA384WithRSAPSS, crypto.SHA512: x509.SHA512WithRSAPSS}
		}
	case *ecdsa.PublicKey:
		by = map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512}
	case ed25519.PublicKey:
		return x509.PureEd25519, true
	}
	algorithm, ok := by[h]
	return algorithm, ok
}

func onlyTimeStamping(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(c.UnknownExtKeyUsage) != 0 {
		return false
	}
	for _, e := range c.Extensions {
		if e.Id.Equal(oidExtKeyUsage) {
			return e.Critical
		}
	}
	return false
}
