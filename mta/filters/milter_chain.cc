#include "mta/filters/milter_chain.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/net/event.h"

namespace postern::mta::filters {
namespace {

using milter::Macros;
using milter::Verdict;
using Kind = milter::Verdict::Kind;

constexpr char kRejected[] = "Command rejected";
constexpr char kNotNow[] = "Service unavailable - try again later";
// For those that have had their deadlines.
constexpr absl::Duration kEndTime = absl::Seconds(1);

smtp::Reply ReplyOf(const Verdict& verdict) {
  if (verdict.kind == Kind::kReject) return {550, "5.7.1", kRejected};
  if (verdict.kind == Kind::kTempfail) return {451, "4.7.1", kNotNow};
  return {verdict.code, verdict.enhanced_code,
          absl::StrJoin(verdict.lines, "\n")};
}

net::Task<absl::StatusOr<Verdict>> Nothing() { co_return Verdict(); }

struct Barrier {
  size_t left = 0;
  net::Event done;
};

net::Task<> Counted(net::Task<> task, std::shared_ptr<Barrier> barrier) {
  co_await std::move(task);
  if (--barrier->left == 0) barrier->done.Set();
}

}  // namespace

struct MilterChain::Member {
  explicit Member(PlannedMilter planned) : milter(std::move(planned)) {}

  PlannedMilter milter;
  MilterClient::Lease lease;  // Without a conversation: not connected.
  bool is_introduced = false;
  // In this transaction: it has failed, or is not told of any recipient.
  bool has_failed = false;
  bool has_recipient = false;
  Verdict verdict;          // Of the latest stage.
  milter::Changes changes;  // Of the message.
};

MilterChain::MilterChain(std::shared_ptr<const MilterPlan> plan,
                         net::Drain& drain, std::string session)
    : plan_(std::move(plan)), drain_(drain), session_(std::move(session)) {
  for (const std::vector<PlannedMilter>& group : plan_->groups) {
    Group& members = groups_.emplace_back();
    for (const PlannedMilter& one : group) {
      members.push_back(std::make_unique<Member>(one));
    }
  }
}

MilterChain::~MilterChain() { EndClient(); }

bool MilterChain::IsTold(milter::Stage stage, absl::string_view macro) const {
  const auto is_told = [&](const std::unique_ptr<Member>& member) {
    const milter::Conversation* const filter = member->lease.conversation.get();
    return filter == nullptr ? !member->has_failed
                             : filter->IsTold(stage, macro);
  };
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    return std::any_of(group.begin(), group.end(), is_told);
  });
}

net::Task<Judgement> MilterChain::Connect(Client client, Macros known) {
  if (connect_macros_) EndClient();
  client_ = std::move(client);
  connect_macros_ = std::move(known);
  has_helo_ = false;
  // To be introduced is all.
  const Ask ask = [](Member&, net::Deadline) { return Nothing(); };
  co_return co_await AskAll(ask, /*is_in_message=*/false);
}

net::Task<Judgement> MilterChain::Helo(std::string name, Macros known) {
  helo_ = std::move(name);
  helo_macros_ = std::move(known);
  has_helo_ = false;  // A connection that is made for this hears of it once.
  const Ask ask = [this](Member& member, net::Deadline deadline) {
    return member.lease.conversation->Helo(helo_, helo_macros_, deadline);
  };
  Judgement judgement = co_await AskAll(ask, /*is_in_message=*/false);
  has_helo_ = true;
  co_return judgement;
}

net::Task<Judgement> MilterChain::Sender(milter::Path path, Macros known) {
  for (Group& group : groups_) {
    for (const auto& member : group) {
      member->has_failed = false;
      member->has_recipient = false;
      // It was restarted, say, while the client had nothing to send.
      if (member->is_introduced && member->lease.conversation->is_broken()) {
        GiveBack(*member);
      }
    }
  }
  const Ask ask = [&](Member& member, net::Deadline deadline) {
    return member.lease.conversation->Sender(path, known, deadline);
  };
  co_return co_await AskAll(ask, /*is_in_message=*/true);
}

net::Task<absl::StatusOr<Verdict>> MilterChain::AskRecipient(
    Member& member, const milter::Path& path, const Macros& known,
    net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const bool skips,
                      co_await member.milter.Skips(path.address));
  if (skips) co_return Verdict();
  CO_ASSIGN_OR_RETURN(
      Verdict verdict,
      co_await member.lease.conversation->Recipient(path, known, deadline));
  member.has_recipient |= !verdict.refuses();
  co_return verdict;
}

net::Task<Judgement> MilterChain::Recipient(milter::Path path, Macros known) {
  const Ask ask = [&](Member& member, net::Deadline deadline) {
    return AskRecipient(member, path, known, deadline);
  };
  co_return co_await AskAll(ask, /*is_in_message=*/true);
}

bool MilterChain::wants_rejected_recipients() const {
  return std::any_of(groups_.begin(), groups_.end(), [](const Group& group) {
    return std::any_of(group.begin(), group.end(), [](const auto& member) {
      return member->is_introduced && !member->has_failed &&
             member->lease.conversation->wants_rejected_recipients();
    });
  });
}

net::Task<absl::StatusOr<Verdict>> MilterChain::ShowRejected(
    Member& member, const milter::Path& path, const Macros& known,
    net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const bool skips,
                      co_await member.milter.Skips(path.address));
  if (skips) co_return Verdict();
  const absl::StatusOr<Verdict> said =
      co_await member.lease.conversation->RejectedRecipient(path, known,
                                                            deadline);
  if (!said.ok()) co_return said.status();
  co_return Verdict();  // It is refused already.
}

net::Task<> MilterChain::RejectedRecipient(milter::Path path, Macros known) {
  const Ask ask = [&](Member& member, net::Deadline deadline) {
    return ShowRejected(member, path, known, deadline);
  };
  (void)co_await AskAll(ask, /*is_in_message=*/true);
}

net::Task<Judgement> MilterChain::Data(Macros known) {
  const Ask ask = [&](Member& member, net::Deadline deadline) {
    return member.lease.conversation->Data(known, deadline);
  };
  co_return co_await AskAll(ask, /*is_in_message=*/true);
}

net::Task<Judgement> MilterChain::Unknown(std::string line) {
  const Ask ask = [&](Member& member, net::Deadline deadline) {
    return member.lease.conversation->Unknown(line, deadline);
  };
  co_return co_await AskAll(ask, /*is_in_message=*/false);
}

net::Task<Judgement> MilterChain::AskAll(Ask ask, bool is_in_message) {
  Judgement judgement;
  const net::Deadline deadline = net::Deadline::After(plan_->message_timeout);
  for (const Group& group : groups_) {
    const auto task = [&](Member& member) {
      return AskMember(member, ask, deadline);
    };
    co_await Together(group, task);
    for (const auto& member : group) {
      const bool is_over = member->has_failed
                               ? is_in_message && AddFailure(*member, judgement)
                               : Add(member->verdict, judgement);
      if (is_over) co_return judgement;
    }
  }
  co_return judgement;
}

net::Task<> MilterChain::AskMember(Member& member, const Ask& ask,
                                   net::Deadline deadline) {
  member.verdict = Verdict();
  if (member.has_failed) co_return;
  absl::StatusOr<Verdict> verdict = Verdict();
  if (!member.is_introduced) verdict = co_await Introduce(member, deadline);
  if (verdict.ok() && verdict->kind == Kind::kContinue) {
    verdict = co_await ask(member, deadline);
  }
  if (verdict.ok()) {
    member.verdict = *std::move(verdict);
  } else {
    Fail(member, verdict.status());
  }
}

// A new connection is told of the client.
net::Task<absl::StatusOr<Verdict>> MilterChain::Introduce(
    Member& member, net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(member.lease,
                      co_await member.milter.client->Take(deadline));
  milter::ConnectCommand connect;
  connect.client_name = client_.name;
  connect.address = client_.address;
  connect.port = client_.port;
  CO_ASSIGN_OR_RETURN(Verdict verdict,
                      co_await member.lease.conversation->Connect(
                          connect, *connect_macros_, deadline));
  member.is_introduced = true;
  if (verdict.kind != Kind::kContinue || !has_helo_) co_return verdict;
  co_return co_await member.lease.conversation->Helo(helo_, helo_macros_,
                                                     deadline);
}

net::Task<Judgement> MilterChain::Message(FilteredMessage& message,
                                          const BodySource& body,
                                          Macros known) {
  Judgement judgement;
  const net::Deadline deadline = net::Deadline::After(plan_->message_timeout);
  for (const Group& group : groups_) {
    const auto task = [&](Member& member) {
      return ShowMessage(member, message, body, known, deadline);
    };
    co_await Together(group, task);
    for (const auto& member : group) {
      const bool is_over = member->has_failed ? AddFailure(*member, judgement)
                                              : Add(member->verdict, judgement);
      if (is_over) co_return judgement;
      if (!member->has_failed) message.Apply(member->changes);
    }
  }
  co_return judgement;
}

net::Task<> MilterChain::ShowMessage(Member& member,
                                     const FilteredMessage& message,
                                     const BodySource& body,
                                     const Macros& known,
                                     net::Deadline deadline) {
  member.verdict = Verdict();
  member.changes = milter::Changes();
  if (member.has_failed || !member.has_recipient) co_return;
  const auto since = std::chrono::steady_clock::now();
  absl::StatusOr<Verdict> verdict =
      co_await ShowContent(member, message, body, known, deadline);
  if (!verdict.ok()) {
    Fail(member, verdict.status());
    co_return;
  }
  member.verdict = *std::move(verdict);
  member.milter.client->ReportAnswer(
      member.verdict.kind,
      absl::FromChrono(std::chrono::steady_clock::now() - since));
}

net::Task<absl::StatusOr<Verdict>> MilterChain::ShowContent(
    Member& member, const FilteredMessage& message, const BodySource& body,
    const Macros& known, net::Deadline deadline) {
  milter::Conversation& filter = *member.lease.conversation;
  Verdict verdict;
  for (const mail::HeaderField& field : message.Shown()) {
    CO_ASSIGN_OR_RETURN(
        verdict, co_await filter.Header(field.name, field.value, deadline));
    if (verdict.kind != Kind::kContinue) co_return verdict;
  }
  CO_ASSIGN_OR_RETURN(verdict, co_await filter.EndOfHeader(known, deadline));
  if (verdict.kind != Kind::kContinue) co_return verdict;
  if (message.body()) {
    CO_ASSIGN_OR_RETURN(verdict,
                        co_await filter.Body(*message.body(), deadline));
  } else {
    CO_ASSIGN_OR_RETURN(verdict, co_await ShowBody(member, body, deadline));
  }
  if (verdict.kind != Kind::kContinue || !filter.wants_message()) {
    co_return verdict;
  }
  CO_ASSIGN_OR_RETURN(member.changes,
                      co_await filter.EndOfMessage(known, deadline));
  co_return member.changes.verdict;
}

net::Task<absl::StatusOr<Verdict>> MilterChain::ShowBody(
    Member& member, const BodySource& body, net::Deadline deadline) {
  milter::Conversation& filter = *member.lease.conversation;
  Verdict verdict;
  for (size_t i = 0; i < body.pieces && filter.wants_body(); ++i) {
    CO_ASSIGN_OR_RETURN(const std::string piece, body.read(i));
    CO_ASSIGN_OR_RETURN(verdict, co_await filter.Body(piece, deadline));
    if (verdict.kind != Kind::kContinue) break;
  }
  co_return verdict;
}

void MilterChain::EndMessage() {
  for (Group& group : groups_) {
    for (const auto& member : group) {
      member->has_failed = false;
      member->has_recipient = false;
      if (member->is_introduced) member->lease.conversation->EndMessage();
    }
  }
}

void MilterChain::EndClient() {
  for (Group& group : groups_) {
    for (const auto& member : group) {
      if (member->lease.conversation != nullptr) GiveBack(*member);
    }
  }
}

void MilterChain::GiveBack(Member& member) {
  member.is_introduced = false;
  member.milter.client->Return(
      std::exchange(member.lease, MilterClient::Lease()));
}

net::Task<> MilterChain::Together(const Group& group,
                                  std::function<net::Task<>(Member&)> task) {
  if (group.size() == 1) {
    co_await task(*group.front());
    co_return;
  }
  const auto barrier = std::make_shared<Barrier>();
  barrier->left = group.size();
  for (size_t i = 1; i < group.size(); ++i) {
    net::Spawn(drain_, Counted(task(*group[i]), barrier));
  }
  co_await Counted(task(*group.front()), barrier);
  // Each has a deadline of its own.
  while (barrier->left > 0) {
    co_await barrier->done.Wait(net::Deadline::After(kEndTime));
  }
}

void MilterChain::Fail(Member& member, const absl::Status& why) {
  member.has_failed = true;
  member.is_introduced = false;
  member.milter.client->ReportFailure(
      std::exchange(member.lease, MilterClient::Lease()), session_, why);
}

bool MilterChain::Add(const Verdict& verdict, Judgement& judgement) {
  if (verdict.refuses()) judgement.refusal = ReplyOf(verdict);
  judgement.discards |= verdict.kind == Kind::kDiscard;
  return judgement.refusal || judgement.discards;
}

bool MilterChain::AddFailure(const Member& member, Judgement& judgement) const {
  switch (member.milter.client->service().on_failure) {
    case config::v1::Milter::ON_FAILURE_REJECT:
      if (!plan_->failures_refuse) return false;
      judgement.refusal = ReplyOf(Verdict::Of(Kind::kReject));
      return true;
    case config::v1::Milter::ON_FAILURE_TEMPFAIL:
      if (!plan_->failures_refuse) return false;
      judgement.refusal = ReplyOf(Verdict::Of(Kind::kTempfail));
      return true;
    case config::v1::Milter::ON_FAILURE_QUARANTINE:
      judgement.holds = true;
      return false;
    default:
      return false;
  }
}

}  // namespace postern::mta::filters
