// One message as it streams by, for all who sign or verify it: verifier.h,
// signer.h and arc.h look at one Message, so its bytes are kept and hashed
// once.
//
//   Message message;
//   message.AddField(name, value);            // each field
//   Verifier verifier(message, …);            // now the header is complete
//   if (message.wants_body()) message.AddBody(chunk);
//   co_await verifier.Finish(deadline);
//
// Fields come as a milter is given them: folds may be LF alone. A body has CR
// LF.
//
// Threads: one at a time.
// Limits:  those of header_fields.h; of a body nothing is held.

#ifndef POSTERN_LIB_DKIM_MESSAGE_H_
#define POSTERN_LIB_DKIM_MESSAGE_H_

#include "absl/strings/string_view.h"
#include "lib/dkim/body_hashes.h"
#include "lib/dkim/header_fields.h"
#include "lib/mail/header.h"

namespace postern::dkim {

class Message {
 public:
  explicit Message(size_t max_header_bytes = HeaderFields::kMaxBytes)
      : header_(max_header_bytes) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  // `name` may have white space at its end; `value` is what stands behind the
  // colon.
  void AddField(absl::string_view name, absl::string_view value);
  void AddField(const mail::HeaderField& field) { header_.Add(field); }

  // Whether anybody wants the body.
  bool wants_body() const { return !bodies_.is_empty(); }
  void AddBody(absl::string_view chunk);

  // Says that the message is over; more than once is as good.
  void Finish() { bodies_.Finish(); }

  // Whether there was a CR or an LF alone in the body so far: servers change
  // such on the way (DK-13). Only known while the body is wanted.
  bool has_stray_line_ends() const { return has_stray_; }

  const HeaderFields& header() const { return header_; }
  BodyHashes& bodies() { return bodies_; }

 private:
  void LookForStrays(absl::string_view chunk);

  HeaderFields header_;
  BodyHashes bodies_;
  bool has_stray_ = false;
  bool ends_in_cr_ = false;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_MESSAGE_H_
