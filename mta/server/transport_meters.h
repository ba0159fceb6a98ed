// What the server counts of what lies below SMTP: TLS, and proxies in front of
// us (docs/metrics.md).
//
// Threads: safe from any thread; SetCertificates() on the main thread.

#ifndef POSTERN_MTA_SERVER_TRANSPORT_METERS_H_
#define POSTERN_MTA_SERVER_TRANSPORT_METERS_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/metrics/metrics.h"
#include "lib/net/tls.h"
#include "lib/net/tls_facts.h"
#include "mta/server/proxy_protocol.h"

namespace postern::mta::server {

class TransportMeters {
 public:
  explicit TransportMeters(metrics::Registry& registry);

  // A TLS handshake has ended: well, with `facts`, or not.
  void CountHandshake(const absl::Status& result, const net::TlsFacts& facts);
  void CountProxy(ProxyResult result);
  // Tells when the certificates of a listener end.
  void SetCertificates(const std::string& listener,
                       const std::vector<net::TlsCertificate>& certificates);

  metrics::Counter& resumptions;
  // Renewed files that could not be used: the old certificate stays.
  metrics::Counter& stale_certificates;

 private:
  metrics::Registry& registry_;
  metrics::Counter& tls12_;
  metrics::Counter& tls13_;
  metrics::Counter& failed_;
  metrics::Counter& timed_out_;
  std::array<metrics::Counter*, kProxyResultCount> proxies_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TRANSPORT_METERS_H_
