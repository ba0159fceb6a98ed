// The part of dialogue.h that has to do with TLS.

#include "mta/server/dialogue.h"

namespace postern::mta::server {

using smtp::Verb;
using Next = Step::Next;
using Use = TlsSettings::Use;

Step Dialogue::StartTls() {
  if (rules_.tls == Use::kNone) {
    return Say({502, "5.5.1", "Error: command not implemented"});
  }
  if (connection_.is_tls) {  // MTA-18.
    return Say({503, "5.5.1", "Error: TLS already active"});
  }
  return {Next::kStartTls, {220, "2.0.0", "Ready to start TLS"}};
}

Step Dialogue::OnSecured() {
  // RFC 3207 section 4.2: what was said in the clear counts no more (MTA-18).
  connection_.is_tls = true;
  auth_.reset();
  transaction_.reset();
  helo_name_.clear();
  is_esmtp_ = false;
  command_ = smtp::Command();
  return {Next::kListen, {}};  // The client speaks first.
}

// RFC 3207 section 4: what may be said before TLS where it is a must.
bool Dialogue::NeedsTls(Verb verb) const {
  if (rules_.tls != Use::kRequired || connection_.is_tls) return false;
  switch (verb) {
    case Verb::kHelo:
    case Verb::kEhlo:
    case Verb::kNoop:
    case Verb::kQuit:
    case Verb::kStartTls:
      return false;
    default:
      return true;
  }
}

}  // namespace postern::mta::server
