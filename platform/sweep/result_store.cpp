#include "platform/sweep/result_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace fs = std::filesystem;

namespace systole {

const char* to_string(PointStatus status) {
  return status == PointStatus::Done     ? "done"
         : status == PointStatus::Failed ? "failed"
                                         : "illegal";
}

namespace {

PointStatus status_of(const std::string& text) {
  return text == "done"     ? PointStatus::Done
         : text == "failed" ? PointStatus::Failed
                            : PointStatus::Illegal;
}

}  // namespace

// One prepared statement; parameters count from 1, columns from 0.
class ResultStore::Statement {
 public:
  Statement(const ResultStore& store, const char* sql) : store_(store) {
    check(sqlite3_prepare_v2(store.database_, sql, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int at, const std::string& text) {
    check(sqlite3_bind_text(statement_, at, text.data(), int(text.size()), SQLITE_TRANSIENT));
    return *this;
  }
  Statement& bind(int at, uint64_t value) {
    check(sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value)));
    return *this;
  }
  Statement& bind(int at, double value) {
    check(sqlite3_bind_double(statement_, at, value));
    return *this;
  }
  bool next() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
    return code == SQLITE_ROW;
  }
  void execute() {
    next();
    check(sqlite3_reset(statement_));
  }
  bool is_null(int at) { return sqlite3_column_type(statement_, at) == SQLITE_NULL; }
  std::string text(int at) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, at));
    return bytes ? std::string(bytes, size_t(sqlite3_column_bytes(statement_, at))) : "";
  }
  uint64_t number(int at) { return static_cast<uint64_t>(sqlite3_column_int64(statement_, at)); }
  double real(int at) { return sqlite3_column_double(statement_, at); }

 private:
  void check(int code) const {
    if (code == SQLITE_OK) return;
    throw StoreError(store_.file_ + ": " + sqlite3_errmsg(store_.database_));
  }
  const ResultStore& store_;
  sqlite3_stmt* statement_ = nullptr;
};

ResultStore::ResultStore(ResultStore&& other) noexcept
    : file_(std::move(other.file_)), database_(other.database_), lock_(other.lock_) {
  other.database_ = nullptr;
  other.lock_ = -1;
}

ResultStore::~ResultStore() {
  sqlite3_close(database_);
  if (lock_ >= 0) close(lock_);
}

void ResultStore::connect(const std::string& directory, bool write) {
  file_ = directory + "/results.sqlite";
  const int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  if (sqlite3_open_v2(file_.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    throw StoreError(file_ + ": " + sqlite3_errmsg(database_));
  }
  sqlite3_busy_timeout(database_, 10000);
}

void ResultStore::run(const std::string& sql) const {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw StoreError(file_ + ": " + sqlite3_errmsg(database_));
  }
}

void ResultStore::create(const nlohmann::ordered_json& identity, const std::vector<Point>& points) {
  run("BEGIN IMMEDIATE");
  Statement(*this, "INSERT INTO meta VALUES ('identity', ?)").bind(1, identity.dump()).execute();
  Statement point(*this, "INSERT INTO points VALUES (?, ?, ?)");
  Statement result(*this, "INSERT INTO results VALUES (?, 'illegal', ?, '', 0)");
  for (const Point& each : points) {
    point.bind(1, each.index)
        .bind(2, nlohmann::json(each.values).dump())
        .bind(3, to_json(each.config).dump())
        .execute();
    if (!each.illegal.empty()) result.bind(1, each.index).bind(2, each.illegal).execute();
  }
  run("COMMIT");
}

ResultStore ResultStore::open(const std::string& directory, const nlohmann::ordered_json& identity,
                              const std::vector<Point>& points, bool resume) {
  std::error_code error;
  fs::create_directories(directory, error);
  ResultStore store;
  const std::string lock = directory + "/lock";
  store.lock_ = ::open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (store.lock_ < 0) {
    throw SweepError("--out: '" + directory + "' cannot be written: " + std::strerror(errno) +
                     "; legal: a directory that can");
  }
  if (flock(store.lock_, LOCK_EX | LOCK_NB) != 0) {
    throw SweepError("--out: another sweep is running on '" + directory +
                     "'; legal: wait for it, or another directory");
  }
  store.connect(directory, true);
  store.run(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS points(point INTEGER PRIMARY KEY, axes TEXT NOT NULL,"
      " config TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS results(point INTEGER PRIMARY KEY REFERENCES points,"
      " status TEXT NOT NULL, error TEXT NOT NULL, report TEXT NOT NULL,"
      " wall_seconds REAL NOT NULL);"
      "CREATE TABLE IF NOT EXISTS calibration(point INTEGER PRIMARY KEY REFERENCES points,"
      " status TEXT NOT NULL, error TEXT NOT NULL, report TEXT NOT NULL,"
      " wall_seconds REAL NOT NULL);");
  Statement known(store, "SELECT value FROM meta WHERE key = 'identity'");
  if (!known.next()) {
    store.create(identity, points);
    return store;
  }
  if (!resume) {
    throw SweepError("--out: '" + directory +
                     "' holds a sweep already; legal: --resume to continue it, or another "
                     "directory");
  }
  if (known.text(0) != identity.dump()) {
    throw SweepError("--resume: '" + directory +
                     "' holds another sweep (other axes, base or workload); legal: the same "
                     "specification, or another directory");
  }
  return store;
}

ResultStore ResultStore::open_to_read(const std::string& directory) {
  if (!fs::exists(directory + "/results.sqlite")) {
    throw SweepError("'" + directory +
                     "' holds no sweep; legal: the --out directory of systole sweep");
  }
  ResultStore store;
  store.connect(directory, false);
  Statement table(store, "SELECT 1 FROM sqlite_master WHERE name = 'meta'");
  if (!table.next()) throw SweepError("'" + directory + "' holds a sweep that never began");
  return store;
}

nlohmann::ordered_json ResultStore::identity() const {
  Statement known(*this, "SELECT value FROM meta WHERE key = 'identity'");
  if (!known.next()) throw SweepError(file_ + ": the sweep never began");
  return nlohmann::ordered_json::parse(known.text(0));
}

std::set<uint64_t> ResultStore::finished() const {
  std::set<uint64_t> points;
  Statement query(*this, "SELECT point FROM results");
  while (query.next()) points.insert(query.number(0));
  return points;
}

std::vector<StoredPoint> ResultStore::points() const {
  std::vector<StoredPoint> points;
  Statement query(*this,
                  "SELECT p.point, p.axes, p.config, r.status, r.error, r.report, r.wall_seconds "
                  "FROM points p LEFT JOIN results r ON r.point = p.point ORDER BY p.point");
  auto result_of = [](Statement& row, uint64_t point, int first) {
    return PointResult{point, status_of(row.text(first)), row.text(first + 1), row.text(first + 2),
                       row.real(first + 3)};
  };

  while (query.next()) {
    StoredPoint point;
    point.point = query.number(0);
    point.values = nlohmann::json::parse(query.text(1)).get<std::vector<std::string>>();
    point.config = nlohmann::ordered_json::parse(query.text(2));
    point.finished = !query.is_null(3);
    point.result.point = point.point;
    if (point.finished) point.result = result_of(query, point.point, 3);
    points.push_back(std::move(point));
  }
  // A sweep from before there was calibration has no such table.
  if (!Statement(*this, "SELECT 1 FROM sqlite_master WHERE name = 'calibration'").next())
    return points;
  Statement measured(*this, "SELECT point, status, error, report, wall_seconds FROM calibration");
  while (measured.next())
    points.at(measured.number(0)).in_rtl = result_of(measured, measured.number(0), 1);
  return points;
}

void ResultStore::add(const PointResult& result) {
  insert("INSERT INTO results VALUES (?, ?, ?, ?, ?)", result);
}

void ResultStore::add_in_rtl(const PointResult& result) {
  insert("INSERT INTO calibration VALUES (?, ?, ?, ?, ?)", result);
}

void ResultStore::insert(const char* sql, const PointResult& result) {
  Statement(*this, sql)
      .bind(1, result.point)
      .bind(2, std::string(to_string(result.status)))
      .bind(3, result.error)
      .bind(4, result.report)
      .bind(5, result.wall_seconds)
      .execute();
}

void ResultStore::forget_failed() {
  run("DELETE FROM results WHERE status = 'failed'; DELETE FROM calibration WHERE status = "
      "'failed'");
}

}  // namespace systole
