// What a client wants of one TLS server: the proof of who it is, the versions
// and ciphers, and whether an earlier session may be taken up again.
//
//   TlsPeer peer = {.server_name = "mx.example.org",
//                   .proof = TlsPeer::Proof::kName,
//                   .names = {"mx.example.org"}};
//   const absl::Status secured =
//       co_await stream.StartTlsClient(context, peer, deadline);
//
// Source:  RFC 6125 (names), RFC 6698, RFC 7671 and RFC 7672 (TLSA).
// Threads: values.

#ifndef POSTERN_LIB_NET_TLS_PEER_H_
#define POSTERN_LIB_NET_TLS_PEER_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/net/tls_ciphers.h"
#include "lib/net/tls_versions.h"

namespace postern::net {

// A TLSA record as a DNS answer has it.
struct TlsaRecord {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching_type = 0;
  std::string data;  // Binary.
  friend auto operator<=>(const TlsaRecord&, const TlsaRecord&) = default;
};

// Returns those of `records` that a certificate can be held against: of usage
// DANE-TA(2) or DANE-EE(3), whose data OpenSSL understands. The others, PKIX-TA
// and PKIX-EE among them (RFC 7672 section 3.1.3), are as if they were not
// there. Whatever the data is, nothing but that comes of it (MTA-22).
std::vector<TlsaRecord> UsableTlsa(const std::vector<TlsaRecord>& records);

// What was wrong with a peer's certificate.
enum class TlsFault {
  kNone,
  kHandshake,     // There was no TLS to speak of.
  kHostMismatch,  // It is for other names.
  kExpired,       // Or not valid yet.
  kNotTrusted,    // Nobody whom we trust vouches for it.
  kTlsaMismatch,  // None of the TLSA records is for it.
};

struct TlsPeer {
  enum class Proof {
    kNone,  // Anybody: only who listens on the way is kept out.
    kName,  // One of `names` in a certificate that an authority vouches for.
    kTlsa,  // One of `tlsa`; with DANE-TA one of `names` as well.
  };

  std::string server_name = {};  // Sent as SNI unless it is an address.
  Proof proof = Proof::kNone;
  // ".example.org" stands for the names below it; an address only alone.
  std::vector<std::string> names = {};
  std::vector<TlsaRecord> tlsa = {};  // All of them are usable.
  // The proof is looked at, and Stream::tls_fault() says what is wrong with it,
  // but the handshake does not fail for that.
  bool is_lenient = false;
  TlsVersions versions = {};
  TlsCiphers ciphers = TlsCiphers::kMedium;
  // Names all that a session depends on: who it is with and how that was
  // proved. A session is taken up again where this is the same; empty: never.
  std::string session_key = {};
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_PEER_H_
