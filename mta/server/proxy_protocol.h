// Who really is at the other end when a proxy in front of us passes
// connections on: the PROXY header, versions 1 and 2.
//
// The header comes before anything else, before a TLS handshake too. Not a byte
// more than it has is read, and whatever way it is cut into pieces, the result
// is the same. Only listed hosts may send one (smtpd_upstream_proxy_hosts):
// who could forge it could be anybody.
//
//   ASSIGN_OR_RETURN(ProxySettings proxy, ProxySettings::FromConfig(config));
//   const ProxyResult result = co_await TakeProxyHeader(stream, proxy);
//   if (!IsAccepted(result)) co_return;   // Close; nothing was said.
//
// Source:  HAProxy's "The PROXY protocol", version 1 and 2; Postfix,
//          smtpd_upstream_proxy_protocol. LOCAL, UNKNOWN and an unspecified
//          family keep the connection's own ends (health checks). Only TCP
//          over IPv4 and IPv6 is understood. What type-length-value fields say
//          is not used, but they must fit the header.
// Errors:  InvalidArgument: it is no such header.
// Threads: the reader one at a time; the rest pure.
// Limits:  107 bytes (version 1), 16 + 2048 bytes (version 2) (MTA-26, MTA-30).

#ifndef POSTERN_MTA_SERVER_PROXY_PROTOCOL_H_
#define POSTERN_MTA_SERVER_PROXY_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

struct ProxyEnds {
  net::IpAddress source;
  uint16_t source_port = 0;
  net::IpAddress destination;
  uint16_t destination_port = 0;

  friend bool operator==(const ProxyEnds&, const ProxyEnds&) = default;
};

class ProxyHeaderReader {
 public:
  static constexpr size_t kMaxV1Bytes = 107;
  static constexpr size_t kMaxV2Bytes = 16 + 2048;

  // How many bytes to read next, at most; 0 when the header is complete.
  size_t Wanted() const;
  // Takes what was read.
  absl::Status Take(absl::string_view bytes);

  bool is_complete() const { return is_complete_; }
  // Of a complete header: the ends that it names; nullopt: it names none, and
  // the connection's own count.
  const std::optional<ProxyEnds>& ends() const { return ends_; }

 private:
  absl::Status CheckStart() const;
  absl::Status TakeV1();
  absl::Status TakeV2();

  std::string header_;
  bool is_v2_ = false;
  bool is_complete_ = false;
  std::optional<ProxyEnds> ends_;
};

struct ProxySettings {
  bool is_expected = false;
  absl::Duration timeout = absl::Seconds(5);
  std::vector<net::Network> hosts;

  // Errors begin with the field at fault.
  static absl::StatusOr<ProxySettings> FromConfig(
      const config::v1::Mta& config);

  bool IsListed(const net::IpAddress& host) const;
};

enum class ProxyResult {
  kProxied,    // The stream tells the ends that the header names.
  kLocal,      // The header names none: the proxy itself speaks.
  kMalformed,  // Or the connection ended before the header did.
  kTimedOut,
  kNotListed,  // Nothing was read.
};
inline constexpr int kProxyResultCount = 5;

// Returns "proxied", "local", …
absl::string_view ProxyResultName(ProxyResult result);

// Tells whether a session may begin.
inline bool IsAccepted(ProxyResult result) {
  return result == ProxyResult::kProxied || result == ProxyResult::kLocal;
}

// Reads the header, which must come, and has `stream` tell the ends that it
// names. Both arguments must outlive the task.
net::Task<ProxyResult> TakeProxyHeader(net::Stream& stream,
                                       const ProxySettings& settings);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_PROXY_PROTOCOL_H_
