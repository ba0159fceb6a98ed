#include "dkimd/settings.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dkimd/header_names.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/dkim/data_set.h"

namespace postern::dkimd {
namespace {

using Config = config::v1::Dkimd;

// So many keys are read at start, so that a mistake is seen at once; of more
// none is, so that it does not take long.
constexpr size_t kKeysReadAtStart = 1000;

template <typename Repeated>
std::vector<std::string> ToVector(const Repeated& field) {
  return {field.begin(), field.end()};
}

absl::Status In(absl::string_view field, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(field, ": ", status.message()));
}

// "relaxed/simple"; one word is for the header, as in c=.
absl::Status ReadForms(const std::string& text, dkim::Canonicalization& header,
                       dkim::Canonicalization& body) {
  const std::pair<std::string, std::string> words =
      absl::StrSplit(absl::AsciiStrToLower(text), absl::MaxSplits('/', 1));
  const std::optional<dkim::Canonicalization> first =
      dkim::CanonicalizationFromName(words.first);
  const std::optional<dkim::Canonicalization> second =
      dkim::CanonicalizationFromName(words.second.empty() ? "simple"
                                                          : words.second);
  if (!first || !second) {
    return absl::InvalidArgumentError(
        absl::StrCat("signing.canonicalization: \"", Printable(text),
                     "\": must be relaxed or simple, for the header and behind "
                     "a slash for the body"));
  }
  header = *first;
  body = *second;
  return absl::OkStatus();
}

// The authors in a value of login_authors.
absl::StatusOr<AddressList> AuthorsOf(absl::string_view value) {
  return AddressList::Create(
      absl::StrSplit(value, absl::ByAnyChar(", \t"), absl::SkipEmpty()));
}

}  // namespace

std::string MachineName() {
  std::array<char, 256> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

absl::StatusOr<std::shared_ptr<const Settings>> Settings::FromConfig(
    const Config& config) {
  auto settings = std::make_shared<Settings>();
  settings->is_monitor = config.mode() == Config::MODE_MONITOR;
  settings->signs = config.operation() != Config::OPERATION_V;
  settings->verifies = config.operation() != Config::OPERATION_S;
  settings->max_log_lines_per_second = config.max_log_lines_per_second();
  settings->replay_threshold = config.replay().threshold();
  RETURN_IF_ERROR(settings->ReadClients(config.clients()));
  RETURN_IF_ERROR(settings->ReadSigning(config.signing()));
  // Root's rights say nothing of those of the user that it becomes: then all of
  // this is read once more.
  if (::geteuid() != 0 || config.daemon().user().empty()) {
    RETURN_IF_ERROR(settings->CheckKeys());
  }
  settings->ReadVerification(config);
  RETURN_IF_ERROR(settings->ReadResults(config.results()));
  RETURN_IF_ERROR(
      settings->ReadArc(config.arc(), config.signing().key_directory()));
  return settings;
}

absl::Status Settings::ReadClients(const config::v1::DkimClients& config) {
  ASSIGN_OR_RETURN(clients, ClientRules::FromConfig(config, files));
  if (config.login_authors().empty()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<table::Table>> table =
      table::Open(config.login_authors());
  if (!table.ok()) return In("clients.login_authors", table.status());
  for (const table::Result& result : (*table)->Results()) {
    const absl::StatusOr<AddressList> authors = AuthorsOf(result.text);
    if (!authors.ok()) return In("clients.login_authors", authors.status());
  }
  login_authors = *std::move(table);
  const size_t path = config.login_authors().find(":/");
  if (path != std::string::npos) {
    files.push_back(config.login_authors().substr(path + 1));
  }
  return absl::OkStatus();
}

absl::Status Settings::ReadNames(const config::v1::DkimSigning& config) {
  const absl::StatusOr<std::vector<std::string>> names =
      ChangedNames(dkim::SignerSettings::DefaultSignedFields(),
                   ToVector(config.sign_headers()));
  if (!names.ok()) return In("signing.sign_headers", names.status());
  const absl::StatusOr<std::vector<std::string>> omitted =
      ChangedNames({}, ToVector(config.omit_headers()));
  if (!omitted.ok()) return In("signing.omit_headers", omitted.status());
  const absl::StatusOr<std::vector<std::string>> over =
      ChangedNames({}, ToVector(config.oversign_headers()));
  if (!over.ok()) return In("signing.oversign_headers", over.status());
  signer.signed_fields = NamesWithout(*names, *omitted);
  signer.oversigned_fields = NamesWithout(*over, *omitted);
  return absl::OkStatus();
}

absl::Status Settings::ReadSigning(const config::v1::DkimSigning& config) {
  ASSIGN_OR_RETURN(plan, SigningPlan::FromConfig(config, files));
  RETURN_IF_ERROR(ReadForms(config.canonicalization(), signer.header_form,
                            signer.body_form));
  sender_headers = ToVector(config.sender_headers());
  RETURN_IF_ERROR(ReadNames(config));
  const absl::Duration ttl = config::FromProto(config.signature_ttl());
  if (ttl > absl::ZeroDuration()) signer.lifetime = ttl;
  removes_old_signatures = config.remove_old_signatures();
  const absl::StatusOr<std::vector<std::string>> recipients =
      dkim::ReadKeys(ToVector(config.dont_sign_mail_to()), files);
  if (!recipients.ok()) {
    return In("signing.dont_sign_mail_to", recipients.status());
  }
  absl::StatusOr<AddressList> list = AddressList::Create(*recipients);
  if (!list.ok()) return In("signing.dont_sign_mail_to", list.status());
  unsigned_recipients = *std::move(list);
  keys.requires_safe_keys = config.require_safe_keys();
  keys.max_keys = config.key_cache_size();
  return absl::OkStatus();
}

absl::Status Settings::CheckKeys() const {
  const std::vector<dkim::KeySource> sources = plan.Keys(kKeysReadAtStart + 1);
  if (sources.size() > kKeysReadAtStart) return absl::OkStatus();
  // Read by a store of its own: nothing that is broken may come into use.
  KeyStore trial(keys, Clock::System());
  for (const dkim::KeySource& source : sources) {
    const absl::StatusOr<KeyStore::Key> key = trial.Load(source);
    if (!key.ok()) return In("signing", key.status());
  }
  return absl::OkStatus();
}

void Settings::ReadVerification(const Config& config) {
  const config::v1::DkimVerification& from = config.verification();
  const auto set = [this](Finding finding, Action action) {
    actions[static_cast<size_t>(finding)] = action;
  };
  for (const Finding finding :
       {Finding::kBadSignature, Finding::kDnsError, Finding::kInternalError,
        Finding::kKeyNotFound, Finding::kNoSignature, Finding::kSecurity,
        Finding::kSignatureError}) {
    set(finding, from.on_default());
  }
  if (from.has_on_bad_signature()) {
    set(Finding::kBadSignature, from.on_bad_signature());
  }
  if (from.has_on_dns_error()) set(Finding::kDnsError, from.on_dns_error());
  if (from.has_on_internal_error()) {
    set(Finding::kInternalError, from.on_internal_error());
  }
  if (from.has_on_key_not_found()) {
    set(Finding::kKeyNotFound, from.on_key_not_found());
  }
  if (from.has_on_no_signature()) {
    set(Finding::kNoSignature, from.on_no_signature());
  }
  if (from.has_on_security()) set(Finding::kSecurity, from.on_security());
  if (from.has_on_signature_error()) {
    set(Finding::kSignatureError, from.on_signature_error());
  }
  set(Finding::kReplay, config.replay().action());
  set(Finding::kForbiddenAuthor, config.clients().on_forbidden_author());
  set(Finding::kSigningFailure, config.signing().on_failure());
  set(Finding::kUnsignable, config.signing().on_unsignable());
  verifier.max_signatures = from.maximum_signatures();
  verifier.min_key_bits = static_cast<int>(from.minimum_key_bits());
  verifier.clock_drift = config::FromProto(from.clock_drift());
  verifier.min_signed_percent = static_cast<int>(from.minimum_signed_percent());
  verifier.must_be_signed = ToVector(from.must_be_signed());
  verify_timeout = config::FromProto(from.timeout());
}

absl::Status Settings::ReadResults(const config::v1::DkimResults& config) {
  sanitizer.removes = !config.keep();
  sanitizer.removes_all = config.remove_all();
  ASSIGN_OR_RETURN(sanitizer.names,
                   dkim::ReadKeys(ToVector(config.remove_from()), files));
  authserv_id =
      config.authserv_id() == "HOSTNAME" ? MachineName() : config.authserv_id();
  has_job_id = config.authserv_id_with_job_id();
  always_adds_results = config.always_add_header();
  has_header_b = !config.no_header_b();
  return absl::OkStatus();
}

absl::Status Settings::ReadArc(const config::v1::DkimArc& config,
                               absl::string_view key_directory) {
  verifies_arc =
      config.verify() || config.has_seal() || !config.trusted_sealers().empty();
  const absl::StatusOr<std::vector<std::string>> names =
      dkim::ReadKeys(ToVector(config.trusted_sealers()), files);
  if (!names.ok()) return In("arc.trusted_sealers", names.status());
  absl::StatusOr<AddressList> sealers = AddressList::Create(*names);
  if (!sealers.ok()) return In("arc.trusted_sealers", sealers.status());
  trusted_sealers = *std::move(sealers);
  if (!config.has_seal()) return absl::OkStatus();
  const config::v1::DkimArcSeal& seal = config.seal();
  if (!dkim::IsPathDomain(seal.domain()) ||
      !dkim::IsPathDomain(seal.selector())) {
    return absl::InvalidArgumentError("arc.seal: no domain or no selector");
  }
  arc_sealer.emplace();
  arc_sealer->domain = absl::AsciiStrToLower(seal.domain());
  arc_sealer->selector = seal.selector();
  arc_sealer->key.path =
      seal.file().empty() ? absl::StrCat(key_directory, "/", arc_sealer->domain,
                                         "/", seal.selector(), ".private")
                          : seal.file();
  const absl::StatusOr<KeyStore::Key> key =
      KeyStore(keys, Clock::System()).Load(arc_sealer->key);
  return key.ok() ? absl::OkStatus() : In("arc.seal", key.status());
}

bool Settings::MaySignFor(absl::string_view login,
                          const std::vector<mail::Address>& authors) const {
  if (!login_authors) return true;
  const std::optional<std::string> value = login_authors->Lookup(login);
  if (!value) return false;
  const absl::StatusOr<AddressList> allowed = AuthorsOf(*value);
  if (!allowed.ok()) return false;
  for (const mail::Address& author : authors) {
    if (!allowed->Contains(author.local_part, author.domain)) return false;
  }
  return true;
}

}  // namespace postern::dkimd
