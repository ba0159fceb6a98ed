#include "mta/server/transport_meters.h"

#include "absl/time/time.h"

namespace postern::mta::server {
namespace {

metrics::Counter& Handshakes(metrics::Registry& registry,
                             const std::string& result,
                             const std::string& version) {
  return registry.AddCounter("postern_mta_smtpd_tls_handshakes_total",
                             "TLS handshakes with clients.",
                             {{"result", result}, {"version", version}});
}

}  // namespace

TransportMeters::TransportMeters(metrics::Registry& registry)
    : resumptions(registry.AddCounter(
          "postern_mta_smtpd_tls_resumptions_total",
          "TLS handshakes that resumed an earlier session.")),
      stale_certificates(
          registry.AddCounter("postern_mta_smtpd_tls_stale_certificates_total",
                              "Renewed certificates that could not be used.")),
      registry_(registry),
      tls12_(Handshakes(registry, "ok", "TLSv1.2")),
      tls13_(Handshakes(registry, "ok", "TLSv1.3")),
      failed_(Handshakes(registry, "failed", "none")),
      timed_out_(Handshakes(registry, "timed_out", "none")) {
  for (int i = 0; i < kProxyResultCount; ++i) {
    const auto result = static_cast<ProxyResult>(i);
    proxies_[i] = &registry.AddCounter(
        "postern_mta_smtpd_proxy_headers_total",
        "Connections to listeners behind a proxy.",
        {{"result", std::string(ProxyResultName(result))}});
  }
}

void TransportMeters::CountHandshake(const absl::Status& result,
                                     const net::TlsFacts& facts) {
  if (absl::IsDeadlineExceeded(result)) {
    timed_out_.Increment();
  } else if (!result.ok()) {
    failed_.Increment();
  } else {
    (facts.version == "TLSv1.3" ? tls13_ : tls12_).Increment();
    if (facts.is_resumed) resumptions.Increment();
  }
}

void TransportMeters::CountProxy(ProxyResult result) {
  proxies_[static_cast<size_t>(result)]->Increment();
}

void TransportMeters::SetCertificates(
    const std::string& listener,
    const std::vector<net::TlsCertificate>& certificates) {
  for (const net::TlsCertificate& certificate : certificates) {
    registry_
        .AddGauge(
            "postern_mta_smtpd_tls_certificate_end_timestamp_seconds",
            "When a certificate ends, in seconds since 1970.",
            {{"listener", listener},
             {"name", certificate.name.empty() ? "default" : certificate.name}})
        .Set(static_cast<double>(absl::ToUnixSeconds(certificate.not_after)));
  }
}

}  // namespace postern::mta::server
