using System.Text;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>
/// A journal on a simulated disk beside a model of it: what each step that was ever sealed left behind. After a crash the journal must hold just what one of
/// those steps left, not older than the last that was reported persisted.
/// </summary>
internal sealed class ModelledJournal(SimDisk disk, JournalOptions options)
{
    private readonly Dictionary<ulong, string> _contents = []; // As the stepping thread sees it.
    private readonly List<(long Position, Dictionary<ulong, string> Contents)> _steps = []; // Of this life, as far as they may be recovered.
    private readonly Dictionary<ulong, HashSet<string>> _everWritten = [];
    private ulong _highestId;

    public static JournalOptions Small { get; } = new()
    {
        SegmentOctets = 4096,
        BatchOctets = 200,
        BufferOctets = 1 << 16,
        ZeroAheadOctets = 1024,
        CompactionOctets = 700,
        NewSalt = () => 0x5A17,
    };

    public SimDisk Disk { get; private set; } = disk;

    public Journal Journal { get; private set; } = null!;

    public Owner Owner { get; private set; } = new();

    public IReadOnlyCollection<ulong> Ids => _contents.Keys;

    public long LiveCount => _contents.Count;

    /// <summary>Opens the journal, and checks that it holds what it must. The model then goes on from there.</summary>
    /// <param name="why">Says, when a check fails, which run it was.</param>
    /// <param name="mayBeDamaged">True when something was done to the disk that no journal survives whole: then only nothing may be invented.</param>
    public void Open(string why, bool mayBeDamaged = false)
    {
        var persisted = Owner.PersistedPosition;
        Owner = new Owner();
        Journal = Journal.Open(Disk, options, Owner);
        var found = Contents(Journal);
        why += $" ({Journal.Report.Segments} segments, torn: {Journal.Report.TornTail}, damaged: {string.Join("; ", Journal.Report.Damages)})";
        if (mayBeDamaged)
            ExpectNothingInvented(found, why);
        else
            ExpectAStep(found, persisted, why);
        Adopt(found);
    }

    /// <summary>Looks at a crashed copy of the disk, as <see cref="Open"/> would, and leaves model and disk as they are.</summary>
    public void Check(SimDisk crashed, string why)
    {
        using var journal = Journal.Open(crashed, options, new Owner());
        ExpectAStep(Contents(journal), Owner.PersistedPosition, why);
        Assert.True(journal.Report.Damages.Count == 0, $"{why}: {string.Join("; ", journal.Report.Damages)}");
    }

    /// <summary>Goes over to another disk: a copy that was crashed in some way.</summary>
    public void MoveTo(SimDisk other) => Disk = other;

    public ulong Add(string contents)
    {
        var id = Journal.Add(7, Encoding.UTF8.GetBytes(contents[..(contents.Length / 3)]), Encoding.UTF8.GetBytes(contents[(contents.Length / 3)..]));
        Assert.True(id > _highestId, "An id was given twice.");
        _highestId = id;
        Write(id, contents);
        return id;
    }

    public void Replace(ulong id, string contents)
    {
        Journal.Replace(id, 7, [], Encoding.UTF8.GetBytes(contents));
        Write(id, contents);
    }

    public void Remove(ulong id)
    {
        Journal.Remove(id);
        _contents.Remove(id);
    }

    public void Seal()
    {
        // Before the call: once it is made, the step may be on disk.
        _steps.Add((Journal.Position, new Dictionary<ulong, string>(_contents)));
        Journal.Seal();
    }

    /// <summary>Runs the writer until it has nothing more to do.</summary>
    public void Settle()
    {
        for (var i = 0; Journal.Writer.RunOnce(); i++)
            Assert.True(i < 100_000, "The writer does not come to rest.");
    }

    public static Dictionary<ulong, string> Contents(Journal journal)
    {
        var found = new Dictionary<ulong, string>();
        var last = 0UL;
        journal.ReadAll((id, kind, head, body) =>
        {
            Assert.True(id > last, "Ids come in order.");
            last = id;
            Assert.Equal(7, kind);
            found.Add(id, Encoding.UTF8.GetString(head) + Encoding.UTF8.GetString(body));
        });
        Assert.Equal(found.Count, journal.LiveRecords);
        return found;
    }

    private void Write(ulong id, string contents)
    {
        _contents[id] = contents;
        if (!_everWritten.TryGetValue(id, out var versions))
            _everWritten.Add(id, versions = []);
        versions.Add(contents);
    }

    private void ExpectAStep(Dictionary<ulong, string> found, long persisted, string why)
    {
        var candidates = _steps.Where(step => step.Position >= persisted).Select(step => step.Contents).ToList();
        if (persisted == 0 || candidates.Count == 0)
            candidates.Insert(0, _adopted);
        if (candidates.Exists(step => AreEqual(step, found)))
            return;
        Assert.Fail($"{why}: what was recovered is what no step left behind since position {persisted}. Found: {Show(found)}. The nearest: {Show(candidates[0])}");
    }

    private Dictionary<ulong, string> _adopted = [];

    private void ExpectNothingInvented(Dictionary<ulong, string> found, string why)
    {
        foreach (var (id, contents) in found)
            Assert.True(_everWritten.TryGetValue(id, out var versions) && versions.Contains(contents), $"{why}: record {id} was invented: {contents}");
    }

    private void Adopt(Dictionary<ulong, string> found)
    {
        _steps.Clear();
        _adopted = new Dictionary<ulong, string>(found);
        _contents.Clear();
        foreach (var (id, contents) in found)
            _contents.Add(id, contents);
    }

    private static bool AreEqual(Dictionary<ulong, string> one, Dictionary<ulong, string> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var contents) && contents == entry.Value);

    private static string Show(Dictionary<ulong, string> contents) => string.Join(", ", contents.Select(entry => $"{entry.Key}={entry.Value}").Take(40));
}
