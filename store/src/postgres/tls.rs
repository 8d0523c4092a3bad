//! TLS to PostgreSQL, with the words and the meanings of libpq: whose certificate is believed, and for which name.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Tls, Trust, refused};
use crate::error::Result;

/// What makes TLS for an address; `None` where there is to be none.
///
/// # Errors
/// Where a file that the address names cannot be read, or holds nothing of use.
pub(super) fn maker(tls: &Tls) -> Result<Option<MakeRustlsConnect>> {
    if tls.trust == Trust::Disable {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier::of(tls, Arc::clone(&provider))?);
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|error| refused("TLS", error.to_string()))?.dangerous().with_custom_certificate_verifier(verifier);
    let config = match &tls.identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => config
            .with_client_auth_cert(certificates("sslcert", certificate)?, private_key(key)?)
            .map_err(|error| refused("sslcert", error.to_string()))?,
    };
    Ok(Some(MakeRustlsConnect::new(config)))
}

fn certificates(name: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = |path: &Path| CertificateDer::pem_file_iter(path)?.collect::<std::result::Result<Vec<_>, _>>();
    let found = read(path).map_err(|error| refused(name, format!("{}: {error}", path.display())))?;
    if found.is_empty() { Err(refused(name, format!("{} holds no certificate", path.display()))) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| refused("sslkey", format!("{}: {error}", path.display())))
}

/// The roots of an address: its own file, else those of the system.
fn roots(tls: &Tls) -> Result<Vec<CertificateDer<'static>>> {
    if let Some(path) = &tls.roots {
        return certificates("sslrootcert", path);
    }
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(refused("sslrootcert", "is not given, and the system has no certificates (Debian: install ca-certificates)"));
    }
    Ok(found.certs)
}

/// Believes a certificate as far as the address asks for.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    chain: Option<Chain>,
    asks_for_the_name: bool,
}

#[derive(Debug)]
struct Chain {
    roots: Vec<CertificateDer<'static>>,
    webpki: Arc<WebPkiServerVerifier>,
}

impl Verifier {
    fn of(tls: &Tls, provider: Arc<CryptoProvider>) -> Result<Self> {
        let chain = match tls.trust {
            Trust::Disable | Trust::Prefer | Trust::Require => None,
            Trust::VerifyCa | Trust::VerifyFull => Some(Chain::of(roots(tls)?, &provider)?),
        };
        Ok(Self { provider, chain, asks_for_the_name: tls.trust == Trust::VerifyFull })
    }
}

impl Chain {
    fn of(roots: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Result<Self> {
        let mut store = RootCertStore::empty();
        let (used, _) = store.add_parsable_certificates(roots.iter().cloned());
        if used == 0 {
            return Err(refused("sslrootcert", "holds no certificate that can be read"));
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build();
        Ok(Self { roots, webpki: webpki.map_err(|error| refused("sslrootcert", error.to_string()))? })
    }

    /// Whether a root that we trust stands behind it. A server's own certificate may be that root: operators of one machine make it so.
    fn verify(&self, certificate: &CertificateDer<'_>, between: &[CertificateDer<'_>], now: UnixTime) -> std::result::Result<(), Error> {
        if self.roots.iter().any(|root| root == certificate) {
            return Ok(());
        }
        let any = ServerName::try_from("any.invalid").expect("a name");
        match self.webpki.verify_server_cert(certificate, between, &any, &[], now) {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        if let Some(chain) = &self.chain {
            chain.verify(end_entity, intermediates, now)?;
        }
        if self.asks_for_the_name {
            rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
