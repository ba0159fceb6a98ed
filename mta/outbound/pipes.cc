#include "mta/outbound/pipes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/mail/address.h"
#include "lib/mail/utf8.h"
#include "lib/net/runtime.h"
#include "mta/outbound/commands.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/letter.h"
#include "mta/outbound/letter_file.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/run_as.h"
#include "mta/rewriting/extension.h"

namespace postern::mta::outbound {
namespace {

constexpr absl::string_view kFlags = "BDFORXhqu.>";
constexpr size_t kMaxAddressBytes = 1000;

std::string AddressField(absl::string_view name, absl::string_view address) {
  return absl::StrCat(name, mail::PrintableUtf8(address, kMaxAddressBytes),
                      "\n");
}

absl::Status Wrong(const config::v1::PipeTransport& config,
                   absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "routing.pipe.", field, ": of \"", config.name(), "\": ", why));
}

// The owner of the queue could do anything with it.
absl::Status CheckOwner(const config::v1::PipeTransport& config,
                        const std::string& queue, const FileOwner& owner) {
  if (::geteuid() != 0) {
    return Wrong(config, "user", "only a relay that runs as root can have it");
  }
  struct stat info = {};
  if (::stat(queue.c_str(), &info) == 0 && info.st_uid == owner.uid) {
    return Wrong(config, "user", "must not be the owner of queue.directory");
  }
  return absl::OkStatus();
}

}  // namespace

class Pipes::Pipe {
 public:
  Pipe(const config::v1::PipeTransport& config, const std::string& queue,
       net::Drain& drain)
      : config_(config),
        folder_(queue),
        eol_(absl::StrReplaceAll(config.eol(), {{"\\r", "\r"}, {"\\n", "\n"}})),
        runner_(drain, config.destination_concurrency_limit()) {}

  absl::Status Prepare() {
    const absl::StatusOr<FileOwner> owner = RunAs(config_.user());
    if (!owner.ok()) return Wrong(config_, "user", owner.status().message());
    RETURN_IF_ERROR(CheckOwner(config_, folder_, *owner));
    owner_ = *owner;
    const std::vector<std::string> words(config_.argv().begin(),
                                         config_.argv().end());
    absl::StatusOr<PipeArguments> arguments = PipeArguments::Parse(words);
    if (!arguments.ok()) {
      return Wrong(config_, "argv", arguments.status().message());
    }
    arguments_ = *std::move(arguments);
    if (config_.flags().find_first_not_of(kFlags.data()) != std::string::npos) {
      return Wrong(config_, "flags", absl::StrCat("known are ", kFlags));
    }
    if ((Has('D') || Has('O')) && config_.destination_recipient_limit() != 1) {
      return Wrong(config_, "flags",
                   "D and O need a destination_recipient_limit of 1");
    }
    if (eol_ != "\n" && eol_ != "\r\n") {
      return Wrong(config_, "eol", "\\n or \\r\\n is wanted");
    }
    return absl::OkStatus();
  }

  bool Has(char flag) const { return absl::StrContains(config_.flags(), flag); }

  const std::string& name() const { return config_.name(); }
  size_t recipient_limit() const {
    return config_.destination_recipient_limit();
  }
  int64_t size_limit() const { return config_.size(); }

  std::string SenderOf(const PipeJob& job) const {
    return job.sender.empty() ? config_.null_sender() : Quoted(job.sender);
  }

  // Returns the address as the flags want it in a word.
  std::string Quoted(const std::string& text) const {
    const auto address = mail::Address::Parse(text, mail::Charset::kUtf8);
    if (!address.ok()) return text;
    mail::Address folded = Folded(*address);
    if (Has('q')) return folded.ToString();
    return folded.domain.empty()
               ? folded.local_part
               : absl::StrCat(folded.local_part, "@", folded.domain);
  }

  mail::Address Folded(mail::Address address) const {
    if (Has('h')) absl::AsciiStrToLower(&address.domain);
    if (Has('u')) absl::AsciiStrToLower(&address.local_part);
    return address;
  }

  // What stands in front of the message. `letter` is for its only recipient.
  std::string InFront(const Letter& letter) const {
    std::string text;
    if (Has('F')) text += FromLine(letter, absl::LocalTimeZone());
    if (Has('R')) {
      absl::StrAppend(&text, "Return-Path: <",
                      mail::PrintableUtf8(letter.sender, kMaxAddressBytes),
                      ">\n");
    }
    if (Has('O')) {
      text += AddressField("X-Original-To: ", letter.original_recipient);
    }
    if (Has('D')) text += AddressField("Delivered-To: ", letter.recipient);
    return text;
  }

  absl::StatusOr<UniqueFd> FileOf(const Letter& letter) const {
    ASSIGN_OR_RETURN(UniqueFd fd, UnnamedFile(folder_));
    LetterFile file(fd.get(), folder_, -1);
    RETURN_IF_ERROR(file.WriteContent(
        *letter.content,
        Has('>') ? LetterText::Form::kMbox : LetterText::Form::kMaildir,
        InFront(letter), Has('B'), PipeLines(eol_, Has('.'))));
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return FileError(folder_);
    return fd;
  }

  absl::StatusOr<std::vector<std::string>> WordsFor(
      const PipeFacts& facts) const {
    return arguments_.For(facts);
  }

  net::Task<std::optional<ChildEnd>> Run(std::vector<std::string> words,
                                         UniqueFd input) const {
    Child child = {.words = std::move(words),
                   .environment = CommandEnvironment(),
                   .owner = owner_,
                   .time_limit = config::FromProto(config_.time_limit()),
                   .folder = config_.directory()};
    std::optional<ChildEnd> end =
        co_await runner_.Run(std::move(child), std::move(input));
    co_return end;
  }

 private:
  const config::v1::PipeTransport config_;
  const std::string folder_;  // For the letters.
  const std::string eol_;
  FileOwner owner_;
  PipeArguments arguments_;
  const CommandRunner runner_;
};

absl::StatusOr<std::unique_ptr<Pipes>> Pipes::Create(
    const config::v1::Mta& config, net::Drain& drain) {
  std::unique_ptr<Pipes> pipes(new Pipes(config.recipient_delimiter()));
  for (const config::v1::PipeTransport& one : config.routing().pipe()) {
    auto pipe = std::make_unique<Pipe>(one, config.queue().directory(), drain);
    RETURN_IF_ERROR(pipe->Prepare());
    pipes->pipes_.insert_or_assign(one.name(), std::move(pipe));
  }
  return pipes;
}

Pipes::Pipes(std::string delimiters) : delimiters_(std::move(delimiters)) {}

Pipes::~Pipes() = default;

net::Task<std::vector<queue::Outcome>> Pipes::Deliver(
    const std::string& name, const PipeJob& job) const {
  std::vector<queue::Outcome> outcomes;
  const auto at = pipes_.find(name);
  if (at == pipes_.end()) {  // It was there when the tables were read.
    const queue::Outcome gone =
        Deferred(Cause::kConfiguration, "4.3.5",
                 absl::StrCat("there is no transport ", name, " now"));
    co_return std::vector<queue::Outcome>(job.recipients.size(), gone);
  }
  const Pipe& pipe = *at->second;
  const size_t limit = pipe.recipient_limit();
  for (size_t begin = 0; begin < job.recipients.size(); begin += limit) {
    const auto first = job.recipients.begin() + begin;
    const size_t count = std::min(limit, job.recipients.size() - begin);
    std::vector<size_t> some(first, first + count);
    const queue::Outcome outcome =
        co_await DeliverSome(pipe, job, std::move(some));
    outcomes.insert(outcomes.end(), count, outcome);
  }
  co_return outcomes;
}

PipeRecipient Pipes::RecipientFor(const Pipe& pipe,
                                  const spool::v1::Recipient& recipient) const {
  PipeRecipient result;
  result.recipient = pipe.Quoted(recipient.address());
  result.original_recipient = recipient.given_address().empty()
                                  ? result.recipient
                                  : pipe.Quoted(recipient.given_address());
  const auto parsed =
      mail::Address::Parse(recipient.address(), mail::Charset::kUtf8);
  if (!parsed.ok()) return result;
  const mail::Address address = pipe.Folded(*parsed);
  const rewriting::SplitLocalPart split =
      rewriting::SplitExtension(address.local_part, delimiters_);
  result.user = std::string(split.base);
  result.extension =
      std::string(split.extension.empty() ? "" : split.extension.substr(1));
  result.mailbox = address.local_part;
  result.domain = address.domain;
  return result;
}

net::Task<queue::Outcome> Pipes::DeliverSome(const Pipe& pipe,
                                             const PipeJob& job,
                                             std::vector<size_t> some) const {
  PipeFacts facts;
  facts.sender = pipe.SenderOf(job);
  facts.nexthop = job.nexthop;
  facts.queue_id = job.errand.queue_id;
  facts.size_bytes = job.errand.content.size_bytes();
  if (pipe.size_limit() > 0 && facts.size_bytes > pipe.size_limit()) {
    co_return Failed(
        "5.2.3",
        absl::StrCat("message size ", facts.size_bytes, " exceeds size limit ",
                     pipe.size_limit(), " of ", pipe.name()));
  }
  for (const size_t i : some) {
    const spool::v1::Recipient& recipient =
        job.errand.envelope.recipients(static_cast<int>(i));
    facts.recipients.push_back(RecipientFor(pipe, recipient));
  }
  absl::StatusOr<std::vector<std::string>> words = pipe.WordsFor(facts);
  if (!words.ok()) co_return Failed("5.1.3", words.status().message());
  Letter letter = {facts.sender, facts.recipients.front().recipient, job.now,
                   &job.errand.content};
  letter.original_recipient = facts.recipients.front().original_recipient;
  if (pipe.Has('D')) {
    const auto look = [&letter] { return HasBeenHere(letter); };
    const absl::StatusOr<bool> has_been_here = co_await net::Blocking(look);
    if (!has_been_here.ok()) co_return OutcomeOfError(has_been_here.status());
    if (*has_been_here) co_return LoopTo(letter.recipient);
  }
  const auto write = [&pipe, &letter] { return pipe.FileOf(letter); };
  absl::StatusOr<UniqueFd> input = co_await net::Blocking(write);
  if (!input.ok()) co_return OutcomeOfError(input.status());
  const std::optional<ChildEnd> end =
      co_await pipe.Run(*std::move(words), *std::move(input));
  if (!end) co_return Deferred(Cause::kLimit, "4.3.2", "too many commands");
  if (end->kind == ChildEnd::Kind::kNotStarted) {
    log::Error("command_not_run",
               {{"command", pipe.name()}, {"why", end->output}});
  }
  queue::Outcome outcome = OutcomeOfChild(*end);
  if (outcome.kind == queue::Outcome::Kind::kDelivered) {
    outcome.reply = absl::StrCat("delivered via ", pipe.name(), " service");
    if (pipe.Has('X')) outcome.handover = queue::Outcome::Handover::kRelayed;
  }
  co_return outcome;
}

}  // namespace postern::mta::outbound
