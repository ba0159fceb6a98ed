// XHANDOFF: how one relay gives another a queued message as it stands. What is
// said, and what each side proves to the other.
//
// Both sides have the same secret and show it to each other without saying it.
// What they prove makes the key of the session; every message and every answer
// that counts is signed with it, so that nobody on the way can make mail up,
// change it, or make it vanish by an answer that never was.
//
//   const HandoffKey key(secret, {.client_nonce = …, .server_nonce = …,
//                                 .server_name = …, .binding = …});
//   if (!key.IsServerProof(proof)) …not a peer of ours…
//   KeyedDigest digest = key.BeginMessage(1, envelope_bytes, content_bytes);
//
// Source:  docs/formats/handoff.md.
// Errors:  ParseHandoff(): InvalidArgument with the reply attached.
// Threads: pure.
// Limits:  kMaxEnvelopeBytes.

#ifndef POSTERN_MTA_SMTP_HANDOFF_H_
#define POSTERN_MTA_SMTP_HANDOFF_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/keyed_digest.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {

// What an envelope may have: thousands of recipients with what became of each.
inline constexpr int64_t kMaxEnvelopeBytes = 8 << 20;
// Of nonces and of the names of spools.
inline constexpr size_t kHandoffNonceBytes = 16;

struct HandoffCommand {
  enum class Kind {
    kHello,    // "HELLO <nonce>": who are you?
    kProof,    // "PROOF <proof>": this is who I am.
    kMessage,  // "MESSAGE <bytes> <bytes>": envelope, content, signature
               // follow.
  };
  Kind kind = Kind::kHello;
  std::string value;  // The nonce or the proof, as bytes.
  int64_t envelope_bytes = 0;
  int64_t content_bytes = 0;

  friend bool operator==(const HandoffCommand&,
                         const HandoffCommand&) = default;
};

// Takes what follows "XHANDOFF " apart.
absl::StatusOr<HandoffCommand> ParseHandoff(absl::string_view rest);
// Returns the command line, with its CR LF.
std::string FormatHandoff(const HandoffCommand& command);

// The server's answer to HELLO.
struct HandoffGreeting {
  std::string server_name;  // Of its spool, as bytes.
  std::string server_nonce;
  std::string proof;
};
Reply FormatGreeting(const HandoffGreeting& greeting);
// nullopt: it is none.
std::optional<HandoffGreeting> ParseGreeting(const Reply& reply);

// The server's answer to a message that it has taken: under which queue id, and
// its signature.
struct HandoffReceipt {
  std::string queue_id;
  std::string signature;
};
Reply FormatReceipt(const HandoffReceipt& receipt);
std::optional<HandoffReceipt> ParseReceipt(const Reply& reply);

// The key of one session.
class HandoffKey {
 public:
  struct Session {
    std::string client_nonce;
    std::string server_nonce;
    std::string server_name;
    std::string binding;  // Of the TLS connection; empty: there is none.
  };
  HandoffKey(absl::string_view secret, const Session& session);

  std::string ServerProof() const;
  std::string ClientProof() const;
  bool IsServerProof(absl::string_view proof) const;
  bool IsClientProof(absl::string_view proof) const;

  // Add envelope and content; what Finish() returns is the signature of the
  // session's message `number`, from 1.
  net::KeyedDigest BeginMessage(uint64_t number, int64_t envelope_bytes,
                                int64_t content_bytes) const;
  std::string SignatureOfReceipt(uint64_t number,
                                 absl::string_view queue_id) const;

 private:
  std::string key_;
};

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_HANDOFF_H_
