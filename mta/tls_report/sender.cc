#include "mta/tls_report/sender.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/crc32c.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/net/event.h"
#include "mta/tls_report/gzip.h"
#include "mta/tls_report/letter.h"

namespace postern::mta::tls_report {
namespace {

// How often is looked for what is due.
constexpr absl::Duration kLookInterval = absl::Seconds(15);
// After the end of the day, until all replicas have counted what they noted.
constexpr absl::Duration kSettleTime = absl::Minutes(5);
constexpr absl::Duration kRetryWait = absl::Hours(1);
constexpr absl::Duration kGiveUpAfter = absl::Hours(24);
constexpr absl::Duration kHttpsTime = absl::Minutes(1);
constexpr absl::Duration kDnsTime = absl::Seconds(30);

constexpr char kMediaType[] = "application/tlsrpt+gzip";

const char* NameOf(Destination::Kind kind) {
  return kind == Destination::Kind::kMail ? "mail" : "https";
}

metrics::Counter& ReportsCounter(metrics::Registry& metrics,
                                 const char* transport, const char* result) {
  return metrics.AddCounter(
      "postern_mta_tls_reports_total",
      "TLS reports by transport and what became of an attempt to send one.",
      {{"transport", transport}, {"result", result}});
}

}  // namespace

struct Sender::Meters {
  explicit Meters(metrics::Registry& metrics)
      : mail_sent(ReportsCounter(metrics, "mail", "sent")),
        mail_failed(ReportsCounter(metrics, "mail", "failed")),
        https_sent(ReportsCounter(metrics, "https", "sent")),
        https_failed(ReportsCounter(metrics, "https", "failed")),
        dropped(metrics.AddCounter(
            "postern_mta_tls_reports_dropped_total",
            "TLS reports that could not be sent everywhere in a day.")) {}

  void Count(Destination::Kind kind, bool is_sent) {
    const bool is_mail = kind == Destination::Kind::kMail;
    metrics::Counter& sent = is_mail ? mail_sent : https_sent;
    metrics::Counter& failed = is_mail ? mail_failed : https_failed;
    (is_sent ? sent : failed).Increment();
  }

  metrics::Counter& mail_sent;
  metrics::Counter& mail_failed;
  metrics::Counter& https_sent;
  metrics::Counter& https_failed;
  metrics::Counter& dropped;
};

Sender::Sender(SenderParts parts, SenderOptions options)
    : parts_(parts),
      options_(std::move(options)),
      meters_(std::make_unique<Meters>(parts.metrics)) {}

Sender::~Sender() = default;

net::Task<> Sender::Run(size_t index) {
  net::Event stop;
  const net::DrainWatch watch(parts_.drain, [&stop] { stop.Set(); });
  for (;;) {
    const net::Deadline next = net::Deadline::After(kLookInterval);
    const bool is_stopping = co_await stop.Wait(next);
    if (is_stopping) co_return;
    co_await SendDue(index);
  }
}

net::Task<> Sender::SendDue(size_t index) {
  const absl::CivilDay today = DayOf(parts_.clock.Now());
  next_tries_[index].erase(
      next_tries_[index].begin(),
      next_tries_[index].lower_bound(Subject{today - 3, ""}));
  co_await SendDay(today - 2, index);
  co_await SendDay(today - 1, index);
}

absl::Time Sender::DueTime(const Subject& subject) const {
  const double part = Crc32c(subject.domain) / 4294967296.0;  // 2^32.
  return StartOf(subject.day + 1) + kSettleTime + part * options_.spread;
}

net::Task<> Sender::SendDay(absl::CivilDay day, size_t index) {
  const auto domains = co_await parts_.counts.DomainsOf(day);
  if (!domains.ok()) {
    log::Warning("tls_reports_wait", {{"error", domains.status()}});
    co_return;
  }
  for (const std::string& domain : *domains) {
    if (parts_.drain.has_begun()) co_return;
    if (Crc32c(domain) % kTasks != index) continue;
    const Subject subject = {day, domain};
    const absl::Time now = parts_.clock.Now();
    const absl::Time due = DueTime(subject);
    absl::Time& next_try =
        next_tries_[index].emplace(subject, due).first->second;
    if (now < next_try) continue;
    next_try = now + kRetryWait;
    co_await SendOne(subject, now + kRetryWait > due + kGiveUpAfter);
  }
}

net::Task<> Sender::SendOne(Subject subject, bool is_last) {
  const auto claimed = co_await parts_.counts.Claim(subject, kRetryWait);
  if (!claimed.ok()) {
    log::Warning("tls_reports_wait", {{"error", claimed.status()}});
    co_return;
  }
  if (!claimed->has_value()) co_return;
  const auto report = MakeReport(subject, (*claimed)->counts, options_.author);
  bool is_done = !report.has_value();
  if (report) {
    const net::Deadline deadline = net::Deadline::After(kDnsTime);
    auto destinations =
        co_await FindDestinations(parts_.resolver, subject.domain, deadline);
    if (destinations.ok()) {
      is_done = co_await Deliver(*report, Gzip(report->json),
                                 *std::move(destinations),
                                 std::move((*claimed)->sent_to));
    }
  }
  if (is_done) {
    co_await Finish(subject);
  } else if (is_last) {
    meters_->dropped.Increment();
    log::Warning("tls_report_dropped",
                 {{"domain", subject.domain}, {"day", NameOf(subject.day)}});
    co_await Finish(subject);
  }
}

net::Task<> Sender::Finish(Subject subject) {
  const absl::Status status = co_await parts_.counts.Finish(subject);
  // It is tried again when the claim ends: nothing is sent twice, since what
  // was sent is known.
  if (!status.ok()) log::Warning("tls_reports_wait", {{"error", status}});
}

net::Task<bool> Sender::Deliver(const Report& report, std::string gzipped,
                                std::vector<Destination> destinations,
                                std::set<std::string> sent_to) {
  bool is_everywhere = true;
  for (const Destination& destination : destinations) {
    if (sent_to.count(destination.where) > 0) continue;
    const absl::Status status =
        co_await DeliverTo(report, gzipped, destination);
    meters_->Count(destination.kind, status.ok());
    if (status.ok()) {
      // On an error the destination may get the report twice, with one id.
      const absl::Status noted =
          co_await parts_.counts.NoteSent(report.subject, destination.where);
      if (!noted.ok()) log::Warning("tls_reports_wait", {{"error", noted}});
      continue;
    }
    is_everywhere = false;
    log::Warning("tls_report_failed", {{"domain", report.subject.domain},
                                       {"day", NameOf(report.subject.day)},
                                       {"transport", NameOf(destination.kind)},
                                       {"to", destination.where},
                                       {"error", status}});
  }
  co_return is_everywhere;
}

net::Task<absl::Status> Sender::DeliverTo(const Report& report,
                                          const std::string& gzipped,
                                          const Destination& destination) {
  absl::Status status;
  if (destination.kind == Destination::Kind::kMail) {
    status = co_await Mail(report, gzipped, destination.where);
  } else {
    status = co_await Post(report, gzipped, destination.where);
  }
  co_return status;
}

net::Task<absl::Status> Sender::Mail(const Report& report,
                                     const std::string& gzipped,
                                     std::string address) {
  queue::NewMessage letter =
      MakeLetter(parts_.spool.NewId(), report, gzipped, options_.author,
                 address, options_.myhostname, parts_.clock.Now());
  CO_RETURN_IF_ERROR(
      parts_.spool.CanAccept(static_cast<int64_t>(letter.content->size())));
  const std::string queue_id = letter.id.ToString();
  if (parts_.filter) {
    const bool is_kept =
        co_await parts_.filter(letter.id, letter.envelope, *letter.content);
    if (!is_kept) co_return absl::OkStatus();
  }
  queue::Edit edit;
  edit.Add(letter.id, std::move(letter.envelope), *std::move(letter.content));
  CO_RETURN_IF_ERROR(co_await parts_.spool.Apply(std::move(edit)));
  log::Info("tls_report_sent", {{"domain", report.subject.domain},
                                {"day", NameOf(report.subject.day)},
                                {"transport", NameOf(Destination::Kind::kMail)},
                                {"to", address},
                                {"queue_id", queue_id}});
  co_return absl::OkStatus();
}

net::Task<absl::Status> Sender::Post(const Report& report, std::string gzipped,
                                     std::string uri) {
  const net::Deadline deadline = net::Deadline::After(kHttpsTime);
  CO_ASSIGN_OR_RETURN(const https::Response response,
                      co_await parts_.https.Post(uri, kMediaType,
                                                 std::move(gzipped), deadline));
  if (response.status < 200 || response.status > 299) {
    co_return absl::UnavailableError(
        absl::StrCat("the server answers ", response.status));
  }
  log::Info("tls_report_sent",
            {{"domain", report.subject.domain},
             {"day", NameOf(report.subject.day)},
             {"transport", NameOf(Destination::Kind::kHttps)},
             {"to", uri}});
  co_return absl::OkStatus();
}

}  // namespace postern::mta::tls_report
