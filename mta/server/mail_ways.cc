#include "mta/server/mail_ways.h"

#include "absl/strings/ascii.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"

namespace postern::mta::server {

using Kind = routing::Transport::Kind;

// Who bounces come from, in Postfix empty_address_recipient.
constexpr char kNullSender[] = "MAILER-DAEMON";

net::Task<absl::StatusOr<MailWays::Way>> MailWays::Find(
    std::string sender, std::string address) const {
  mail::Address parsed;
  if (address.find('@') == address.npos) {
    parsed.local_part = address.empty() ? kNullSender : std::move(address);
  } else {
    CO_ASSIGN_OR_RETURN(parsed,
                        mail::Address::Parse(address, mail::Charset::kUtf8));
  }
  const mail::Address to = parts_.addresses->Complete(std::move(parsed));
  CO_ASSIGN_OR_RETURN(const rewriting::AddressClass address_class,
                      co_await parts_.addresses->ClassOf(to));
  CO_ASSIGN_OR_RETURN(
      const routing::Transport transport,
      co_await parts_.transports->Find(address_class, std::move(sender), to));
  co_return WayOf(transport, to);
}

MailWays::Way MailWays::WayOf(const routing::Transport& transport,
                              const mail::Address& address) const {
  Way way;
  way.mailer = routing::NameOf(transport);
  way.host = transport.next_hop;
  if (!way.host.empty()) return way;
  const bool is_smtp = transport.kind == Kind::kSmtp;
  if (transport.kind == Kind::kLocal) {
    way.host = parts_.myhostname;
  } else if (is_smtp && !transport.skips_relayhost &&
             !parts_.relayhost.empty()) {
    way.host = parts_.relayhost;
  } else {
    way.host = absl::AsciiStrToLower(address.domain);
  }
  return way;
}

}  // namespace postern::mta::server
