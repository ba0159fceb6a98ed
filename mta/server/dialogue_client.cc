// The part of dialogue.h in which a client that we trust tells for whom it
// speaks (Postfix, XCLIENT_README and XFORWARD_README).

#include <utility>

#include "mta/server/dialogue.h"

namespace postern::mta::server {

using restrictions::Stage;
using smtp::Reply;
using Next = Step::Next;

namespace {

Reply NotAllowed() {
  return {550, "5.7.0", "Error: insufficient authorization"};
}

Reply InTransaction() {
  return {503, "5.5.1", "Error: MAIL transaction in progress"};
}

}  // namespace

Step Dialogue::Xclient() {
  if (!Offered().xclient) return Say(NotAllowed());
  if (transaction_) return Say(InTransaction());
  return {Next::kClient, {}};
}

Step Dialogue::OnClient() {
  const smtp::ClientAttributes& told = command_.client;
  helo_name_ = told.helo ? told.helo->value : "";
  is_esmtp_ = told.protocol && told.protocol->value == "ESMTP";
  forwarded_ = {};
  is_denied_ = false;
  auth_.reset();
  return Ask(Stage::kConnect);
}

Step Dialogue::Xforward() {
  if (!Offered().xforward) return Say(NotAllowed());
  if (transaction_) return Say(InTransaction());
  smtp::Update(command_.client, forwarded_);
  return Idle({250, "2.0.0", "Ok"});
}

}  // namespace postern::mta::server
