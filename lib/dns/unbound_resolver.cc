#include "lib/dns/unbound_resolver.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "lib/dns/name.h"
#include "lib/dns/unbound_answer.h"
#include "lib/dns/unbound_context.h"
#include "lib/net/event.h"
#include "proto/config/v1/dns.pb.h"

namespace postern::dns {
namespace {

constexpr absl::Duration kDefaultTimeout = absl::Seconds(5);
constexpr size_t kDefaultMaxQueries = 2000;

absl::Duration TimeoutOf(const config::v1::Dns& config) {
  if (!config.has_timeout()) return kDefaultTimeout;
  return absl::Seconds(config.timeout().seconds()) +
         absl::Nanoseconds(config.timeout().nanos());
}

// What a task waits for. The task may give up first: then nobody looks at it.
struct Lookup {
  net::Event done;
  absl::StatusOr<Answer> answer = absl::UnknownError("not answered");
};

}  // namespace

// Owns libunbound and the thread that takes its results. libunbound is given
// a Question for each look-up and hands it back with the result, however late.
class UnboundResolver::Engine {
 public:
  Engine(const config::v1::Dns& config, UnboundContext context, UniqueFd wake)
      : timeout_(TimeoutOf(config)),
        max_queries_(config.max_queries() > 0 ? config.max_queries()
                                              : kDefaultMaxQueries),
        context_(std::move(context)),
        wake_(std::move(wake)),
        thread_([this] { TakeResults(); }) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  ~Engine() {
    const uint64_t one = 1;
    // Cannot fail: the counter of the eventfd was 0.
    [[maybe_unused]] const ssize_t written =
        ::write(wake_.get(), &one, sizeof(one));
    thread_.join();
  }

  absl::StatusOr<std::shared_ptr<Lookup>> Start(const std::string& name,
                                                Type type);
  absl::Duration timeout() const { return timeout_; }
  ResolverStats stats() const;
  void CountTimeout() { ++timeouts_; }

 private:
  struct Question {
    Engine* engine;
    Type type;
    std::shared_ptr<Lookup> lookup;
  };

  static void OnResult(void* question, int error, ub_result* result);
  void Finish(Question* question, int error, ub_result* result);
  void Count(const absl::StatusOr<Answer>& answer, bool is_bogus);
  void TakeResults();
  // Returns nullptr when there are too many already.
  Question* Add(Type type);
  std::shared_ptr<Lookup> Remove(Question* question);

  const absl::Duration timeout_;
  const size_t max_queries_;
  absl::Mutex mutex_;
  absl::flat_hash_map<Question*, std::unique_ptr<Question>> questions_
      ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> queries_ = 0;
  std::atomic<uint64_t> nxdomain_ = 0;
  std::atomic<uint64_t> server_failures_ = 0;
  std::atomic<uint64_t> bogus_ = 0;
  std::atomic<uint64_t> timeouts_ = 0;
  std::atomic<uint64_t> refused_ = 0;
  UnboundContext context_;
  const UniqueFd wake_;
  std::thread thread_;
};

UnboundResolver::Engine::Question* UnboundResolver::Engine::Add(Type type) {
  absl::MutexLock lock(&mutex_);
  if (questions_.size() >= max_queries_) return nullptr;
  auto question = std::make_unique<Question>(
      Question{this, type, std::make_shared<Lookup>()});
  Question* raw = question.get();
  questions_.emplace(raw, std::move(question));
  return raw;
}

std::shared_ptr<Lookup> UnboundResolver::Engine::Remove(Question* question) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<Lookup> lookup = std::move(question->lookup);
  questions_.erase(question);
  return lookup;
}

absl::StatusOr<std::shared_ptr<Lookup>> UnboundResolver::Engine::Start(
    const std::string& name, Type type) {
  ++queries_;
  Question* question = Add(type);
  if (question == nullptr) {
    ++refused_;
    return absl::UnavailableError(
        absl::StrCat(name, ": ", max_queries_, " look-ups are under way"));
  }
  std::shared_ptr<Lookup> lookup = question->lookup;
  constexpr int kClassIn = 1;
  const int error =
      ub_resolve_async(context_.get(), name.c_str(), static_cast<int>(type),
                       kClassIn, question, &Engine::OnResult, nullptr);
  if (error != UB_NOERROR) {
    Remove(question);
    ++server_failures_;
    return absl::UnavailableError(
        absl::StrCat(name, ": libunbound: ", ub_strerror(error)));
  }
  return lookup;
}

void UnboundResolver::Engine::OnResult(void* question, int error,
                                       ub_result* result) {
  auto* one = static_cast<Question*>(question);
  one->engine->Finish(one, error, result);
}

void UnboundResolver::Engine::Finish(Question* question, int error,
                                     ub_result* result) {
  const Type type = question->type;
  const std::shared_ptr<Lookup> lookup = Remove(question);
  lookup->answer = error == UB_NOERROR
                       ? ToAnswer(*result, type)
                       : absl::UnavailableError(
                             absl::StrCat("libunbound: ", ub_strerror(error)));
  Count(lookup->answer, error == UB_NOERROR && result->bogus);
  ub_resolve_free(result);
  lookup->done.Set();
}

void UnboundResolver::Engine::Count(const absl::StatusOr<Answer>& answer,
                                    bool is_bogus) {
  if (is_bogus) {
    ++bogus_;
  } else if (!answer.ok()) {
    ++server_failures_;
  } else if (answer->outcome == Answer::Outcome::kNxDomain) {
    ++nxdomain_;
  }
}

void UnboundResolver::Engine::TakeResults() {
  pollfd files[] = {{ub_fd(context_.get()), POLLIN, 0},
                    {wake_.get(), POLLIN, 0}};
  while (true) {
    if (::poll(files, std::size(files), -1) < 0) continue;
    if (files[1].revents != 0) return;
    if (files[0].revents != 0) ub_process(context_.get());
  }
}

ResolverStats UnboundResolver::Engine::stats() const {
  return {.queries = queries_.load(),
          .nxdomain = nxdomain_.load(),
          .server_failures = server_failures_.load(),
          .bogus = bogus_.load(),
          .timeouts = timeouts_.load(),
          .refused = refused_.load()};
}

absl::StatusOr<std::unique_ptr<UnboundResolver>> UnboundResolver::Create(
    const config::v1::Dns& config) {
  ASSIGN_OR_RETURN(UnboundContext context, MakeUnboundContext(config));
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) return ErrnoStatus(errno, "dns: eventfd");
  return std::unique_ptr<UnboundResolver>(new UnboundResolver(
      std::make_unique<Engine>(config, std::move(context), std::move(wake))));
}

UnboundResolver::UnboundResolver(std::unique_ptr<Engine> engine)
    : engine_(std::move(engine)) {}
UnboundResolver::~UnboundResolver() = default;

net::Task<absl::StatusOr<Answer>> UnboundResolver::Resolve(
    std::string name, Type type, net::Deadline deadline) {
  if (!IsDomainName(name)) {
    co_return Answer{.outcome = Answer::Outcome::kNxDomain,
                     .canonical_name = Normalized(name)};
  }
  CO_ASSIGN_OR_RETURN(const std::shared_ptr<Lookup> lookup,
                      engine_->Start(name, type));
  const net::Deadline end =
      std::min(deadline, net::Deadline::After(engine_->timeout()));
  const bool is_answered = co_await lookup->done.Wait(end);
  if (!is_answered) {
    engine_->CountTimeout();
    co_return absl::DeadlineExceededError(
        absl::StrCat(name, " ", TypeName(type), ": no answer in time"));
  }
  co_return std::move(lookup->answer);
}

ResolverStats UnboundResolver::stats() const { return engine_->stats(); }

}  // namespace postern::dns
