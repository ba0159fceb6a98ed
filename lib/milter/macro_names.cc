#include "lib/milter/macro_names.h"

namespace postern::milter {

absl::string_view UsualMacros(Stage stage) {
  switch (stage) {
    case Stage::kConnect:
      return "j _ v {daemon_name} {daemon_addr} {daemon_port} {if_name} "
             "{if_addr} {client_addr} {client_connections} {client_name} "
             "{client_port} {client_ptr}";
    case Stage::kHelo:
      return "{tls_version} {cipher} {cipher_bits} {cert_subject} "
             "{cert_issuer}";
    case Stage::kSender:
      return "i {auth_type} {auth_authen} {auth_author} {auth_ssf} "
             "{mail_addr} {mail_host} {mail_mailer}";
    case Stage::kRecipient:
      return "i {rcpt_addr} {rcpt_host} {rcpt_mailer}";
    case Stage::kData:
    case Stage::kEndOfHeader:
      return "i";
    case Stage::kEndOfMessage:
      return "i {msg_id}";
  }
  return "";
}

}  // namespace postern::milter
