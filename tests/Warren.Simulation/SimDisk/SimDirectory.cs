namespace Warren.Simulation;

/// <summary>An operation on the folder: the name now means this file, or none; where it was renamed, the old name means none.</summary>
internal readonly record struct SimEntry(string Name, SimInode? Inode, string? From);

/// <summary>A folder: what it shows, what of it is durable, and the operations in between, each of which can be lost by itself.</summary>
internal sealed class SimDirectory
{
    private readonly Dictionary<string, SimInode> _seen = [];
    private readonly Dictionary<string, SimInode> _durable = [];
    private readonly List<SimEntry> _unsynced = [];

    public IReadOnlyList<string> Names => _seen.Keys.Order(StringComparer.Ordinal).ToList();

    public long Octets => _seen.Values.Sum(inode => (long)inode.Seen.Length);

    public int UnsyncedEntries => _unsynced.Count;

    public int UnsyncedOperations => _unsynced.Count + Inodes.Sum(inode => inode.Unsynced.Count);

    /// <summary>All files that a name means, or meant when the folder was synced last; in a fixed order.</summary>
    public IEnumerable<SimInode> Inodes =>
        _durable.Concat(_seen).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value).Distinct();

    public SimInode? Find(string name) => _seen.GetValueOrDefault(name);

    public SimDirectory Copy()
    {
        var copies = Inodes.Concat(_unsynced.Where(entry => entry.Inode is not null).Select(entry => entry.Inode!)).Distinct()
            .ToDictionary(inode => inode, inode => inode.Copy());
        var copy = new SimDirectory();
        foreach (var (name, inode) in _seen)
            copy._seen.Add(name, copies[inode]);
        foreach (var (name, inode) in _durable)
            copy._durable.Add(name, copies[inode]);
        copy._unsynced.AddRange(_unsynced.Select(entry => entry with { Inode = entry.Inode is null ? null : copies[entry.Inode] }));
        return copy;
    }

    public void Do(in SimEntry entry)
    {
        Apply(_seen, entry);
        _unsynced.Add(entry);
    }

    public void Sync()
    {
        foreach (var entry in _unsynced)
            Apply(_durable, entry);
        _unsynced.Clear();
    }

    /// <summary>The power was cut: of the operations, by their numbers, only the kept ones were done.</summary>
    public void LoseEntries(Func<int, bool> isKept)
    {
        for (var i = 0; i < _unsynced.Count; i++)
        {
            if (isKept(i))
                Apply(_durable, _unsynced[i]);
        }
        _unsynced.Clear();
        _seen.Clear();
        foreach (var (name, inode) in _durable)
            _seen.Add(name, inode);
    }

    private static void Apply(Dictionary<string, SimInode> names, in SimEntry entry)
    {
        if (entry.From is not null)
            names.Remove(entry.From);
        if (entry.Inode is null)
            names.Remove(entry.Name);
        else
            names[entry.Name] = entry.Inode;
    }
}
