using SafeBank;

namespace Warren.Chaos;

/// <summary>The lines in a SQLite file that all servers share: how often each call had its effect.</summary>
internal sealed class Ledger(string file) : ILedger, IDisposable
{
    private readonly SqliteReplies _replies = new(file, "CREATE TABLE IF NOT EXISTS lines (number INTEGER); PRAGMA synchronous=OFF"); // Power cuts are another test.

    public IReplyStore Replies => _replies;

    public Task<long> Write(long number, CancellationToken cancellationToken)
    {
        var context = RequestContext.Current!;
        _replies.Once(context.CallId, database =>
        {
            database.Execute("INSERT INTO lines VALUES (?)", number);
            return StoredReply.Of(number);
        }, cancellationToken);
        return Task.FromResult(number);
    }

    /// <summary>All lines: number, and how often.</summary>
    public Dictionary<long, int> Read(long most)
    {
        var times = new Dictionary<long, int>();
        for (var number = 0L; number < most; number++)
        {
            var count = (int)_replies.Execute("SELECT count(*) FROM lines WHERE number = ?", number);
            if (count > 0)
                times[number] = count;
        }
        return times;
    }

    /// <summary>How many lines there are, whatever their numbers.</summary>
    public long Count() => _replies.Execute("SELECT count(*) FROM lines");

    public void Index() => _replies.Execute("CREATE INDEX IF NOT EXISTS by_number ON lines (number)");

    public void Dispose() => _replies.Dispose();
}
