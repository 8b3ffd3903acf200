using SQLitePCL;
using Warren;

namespace SafeBank;

/// <summary>
/// Replies in a SQLite file, beside what the handlers change: <see cref="Once"/> commits both or neither. Any number of servers may use one file; whoever
/// comes second with a call finds the first one's reply.
/// </summary>
public sealed class SqliteReplies : IReplyStore, IDisposable
{
    private const int BusyMs = 5_000;

    private readonly Lock _gate = new(); // One connection, one transaction at a time.
    private readonly sqlite3 _database;

    static SqliteReplies() => Batteries_V2.Init();

    /// <summary>Opens or makes the file.</summary>
    /// <param name="file">The path.</param>
    /// <param name="schema">The application's own tables; run at each start.</param>
    public SqliteReplies(string file, string schema)
    {
        Check(raw.sqlite3_open(file, out _database), "open");
        raw.sqlite3_busy_timeout(_database, BusyMs);
        Execute("PRAGMA journal_mode=WAL");
        Execute("CREATE TABLE IF NOT EXISTS replies (call_id TEXT PRIMARY KEY, status INTEGER, outcome INTEGER, content_type TEXT, body BLOB, detail TEXT, fault TEXT)");
        Execute(schema);
    }

    /// <summary>Runs the effect unless this call has had it, and stores its reply with it. Returns the stored reply either way.</summary>
    /// <param name="callId"><see cref="RequestContext.CallId"/>.</param>
    /// <param name="effect">Changes the database with what it is given, and returns the reply.</param>
    /// <param name="cancellationToken">The call's: as long as it has time, it waits for another server that has the file.</param>
    public StoredReply Once(string callId, Func<SqliteReplies, StoredReply> effect, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (!TryBegin())
                cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var reply = Find(callId);
                if (reply is null)
                {
                    reply = effect(this);
                    Store(callId, reply);
                }
                Execute("COMMIT");
                return reply;
            }
            catch
            {
                Execute("ROLLBACK");
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredReply?> FindAsync(string callId, CancellationToken cancellationToken)
    {
        lock (_gate)
            return new ValueTask<StoredReply?>(Find(callId));
    }

    /// <inheritdoc/>
    public ValueTask StoreAsync(string callId, StoredReply reply, CancellationToken cancellationToken)
    {
        lock (_gate)
            Store(callId, reply);
        return default;
    }

    /// <summary>Runs a statement with these values for its question marks; returns the first column of its first row, 0 when there is none.</summary>
    public long Execute(string sql, params ReadOnlySpan<object?> values)
    {
        using var statement = Prepare(sql, values);
        return Step(statement) ? raw.sqlite3_column_int64(statement, 0) : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    // False when another server has had the file all the time. Nothing has happened yet, so that is no failure of the call.
    private bool TryBegin()
    {
        using var statement = Prepare("BEGIN IMMEDIATE", []);
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_BUSY))
            Check(result, "begin");
        return result == raw.SQLITE_DONE;
    }

    private StoredReply? Find(string callId)
    {
        using var statement = Prepare("SELECT status, outcome, content_type, body, detail, fault FROM replies WHERE call_id = ?", [callId]);
        if (!Step(statement))
            return null;
        var status = raw.sqlite3_column_type(statement, 0) == raw.SQLITE_NULL ? default(RpcStatus?) : (RpcStatus)raw.sqlite3_column_int(statement, 0);
        return new StoredReply(status, Text(2), raw.sqlite3_column_blob(statement, 3).ToArray(), Text(4))
        {
            Outcome = (RpcOutcome)raw.sqlite3_column_int(statement, 1),
            FaultName = Text(5),
        };

        string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string() ?? "";
    }

    private void Store(string callId, StoredReply reply) => Execute(
        "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)",
        callId, reply.Status is { } status ? (long)status : null, (long)reply.Outcome, reply.ContentType, reply.Body.ToArray(), reply.Detail, reply.FaultName);

    private sqlite3_stmt Prepare(string sql, ReadOnlySpan<object?> values)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out var statement), sql);
        for (var i = 0; i < values.Length; i++)
        {
            Check(
                values[i] switch
                {
                    null => raw.sqlite3_bind_null(statement, i + 1),
                    string text => raw.sqlite3_bind_text(statement, i + 1, text),
                    byte[] octets => raw.sqlite3_bind_blob(statement, i + 1, octets),
                    var number => raw.sqlite3_bind_int64(statement, i + 1, Convert.ToInt64(number)),
                },
                sql);
        }
        return statement;
    }

    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Check(result, "step");
        return result == raw.SQLITE_ROW;
    }

    private void Check(int result, string what)
    {
        if (result != raw.SQLITE_OK)
            throw new InvalidOperationException($"SQLite: {what}: {raw.sqlite3_errmsg(_database).utf8_to_string()} ({result})");
    }
}
