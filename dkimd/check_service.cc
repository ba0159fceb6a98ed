#include "dkimd/check_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dkimd/authors.h"
#include "dkimd/message_feed.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/message.h"
#include "lib/dkim/reported_results.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/verifier.h"
#include "lib/mail/auth_results.h"
#include "proto/check/v1/dkim.grpc.pb.h"

namespace postern::dkimd {
namespace {

namespace api = ::postern::check::v1;

// A message that is verified as it comes.
class VerifiedMessage final : public MessageFeed::Sink {
 public:
  VerifiedMessage(const Settings& settings, const CheckParts& parts)
      : settings_(settings), parts_(parts) {}

  void OnField(const mail::HeaderField& field) override {
    message_.AddField(field);
  }
  void OnEndOfHeader() override {
    verifier_.emplace(message_, settings_.verifier, parts_.public_keys,
                      parts_.clock);
  }
  void OnBody(absl::string_view chunk) override { message_.AddBody(chunk); }

  std::vector<dkim::SignatureResult> Results(net::Deadline deadline) {
    return parts_.runtime.BlockOn(verifier_->Finish(deadline));
  }

 private:
  const Settings& settings_;
  const CheckParts& parts_;
  dkim::Message message_;
  std::optional<dkim::Verifier> verifier_;
};

// A message that is signed as it comes.
class SignedMessage final : public MessageFeed::Sink {
 public:
  SignedMessage(const Settings& settings, const CheckParts& parts)
      : settings_(settings), parts_(parts), authors_(settings.sender_headers) {}

  void OnField(const mail::HeaderField& field) override {
    message_.AddField(field);
    authors_.OnField(field.name, field.value);
  }
  void OnEndOfHeader() override {
    message_.bodies().Want(settings_.signer.body_form, std::nullopt);
  }
  void OnBody(absl::string_view chunk) override { message_.AddBody(chunk); }

  // The values of the fields.
  absl::StatusOr<std::vector<std::string>> Signatures() {
    ASSIGN_OR_RETURN(std::vector<dkim::SigningIdentity> identities,
                     Identities());
    dkim::Signer signer(message_, settings_.signer, std::move(identities),
                        parts_.clock);
    message_.Finish();
    return signer.Finish();
  }

 private:
  absl::StatusOr<std::vector<dkim::SigningIdentity>> Identities() {
    const Authors::Found found = authors_.Find();
    if (found.outcome != Authors::Outcome::kOne) {
      return absl::FailedPreconditionError("the message has no one author");
    }
    const mail::Address& author = found.addresses.front();
    std::vector<dkim::SigningIdentity> identities;
    for (const Identity& one : settings_.plan.For(author)) {
      ASSIGN_OR_RETURN(KeyStore::Key key,
                       parts_.filter.private_keys().Load(one.key));
      identities.push_back(
          {one.domain, one.selector, std::move(key), one.signer});
    }
    if (identities.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("there is no key for ", Printable(author.ToString())));
    }
    return identities;
  }

  const Settings& settings_;
  const CheckParts& parts_;
  dkim::Message message_;
  Authors authors_;
};

// Reads the whole message. InvalidArgument: there is none.
grpc::Status ReadAll(grpc::ServerReader<api::MessageChunk>& reader,
                     MessageFeed::Sink& sink) {
  MessageFeed feed(sink);
  api::MessageChunk chunk;
  while (reader.Read(&chunk)) feed.Add(chunk.data());
  feed.Finish();
  if (!feed.is_empty()) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no message");
}

void Show(const dkim::SignatureResult& result, api::Signature& signature) {
  signature.set_result(std::string(dkim::OutcomeName(result.outcome)));
  signature.set_explanation(Printable(result.explanation));
  signature.set_domain(result.domain);
  signature.set_selector(result.selector);
  signature.set_identity(Printable(result.identity));
  signature.set_algorithm(Printable(result.algorithm));
  signature.set_key_bits(static_cast<uint32_t>(result.key_bits));
  signature.set_key_is_testing(result.key_is_testing);
}

class CheckService final : public api::Dkim::Service {
 public:
  explicit CheckService(CheckParts parts) : parts_(parts) {}

  grpc::Status Verify(grpc::ServerContext* context,
                      grpc::ServerReader<api::MessageChunk>* reader,
                      api::VerifyReply* reply) override {
    const std::shared_ptr<const Settings> settings = parts_.filter.settings();
    VerifiedMessage message(*settings, parts_);
    const grpc::Status read = ReadAll(*reader, message);
    if (!read.ok()) return read;
    const absl::Duration left = absl::FromChrono(
        context->deadline() - std::chrono::system_clock::now());
    const std::vector<dkim::SignatureResult> results = message.Results(
        net::Deadline::After(std::min(left, settings->verify_timeout)));
    for (const dkim::SignatureResult& result : results) {
      if (result.outcome == dkim::Outcome::kNone) continue;
      Show(result, *reply->add_signatures());
    }
    mail::AuthResults all;
    all.authserv_id =
        settings->authserv_id.empty() ? MachineName() : settings->authserv_id;
    all.results = dkim::ReportedResults(results, settings->has_header_b);
    reply->set_authentication_results(all.ToValue());
    return grpc::Status::OK;
  }

  grpc::Status Sign(grpc::ServerContext*,
                    grpc::ServerReader<api::MessageChunk>* reader,
                    api::SignReply* reply) override {
    const std::shared_ptr<const Settings> settings = parts_.filter.settings();
    SignedMessage message(*settings, parts_);
    const grpc::Status read = ReadAll(*reader, message);
    if (!read.ok()) return read;
    const absl::StatusOr<std::vector<std::string>> values =
        message.Signatures();
    if (!values.ok()) {
      return grpc::Status(static_cast<grpc::StatusCode>(values.status().code()),
                          std::string(values.status().message()));
    }
    for (const std::string& value : *values) {
      reply->add_fields(absl::StrCat("DKIM-Signature:", value, "\r\n"));
    }
    return grpc::Status::OK;
  }

 private:
  const CheckParts parts_;
};

}  // namespace

void AddCheckService(daemon::Daemon& daemon, CheckParts parts) {
  daemon.AddService(MakeCheckService(parts));
}

std::unique_ptr<grpc::Service> MakeCheckService(CheckParts parts) {
  return std::make_unique<CheckService>(parts);
}

}  // namespace postern::dkimd
