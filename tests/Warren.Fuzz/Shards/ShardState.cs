using System.IO.MemoryMappedFiles;

namespace Warren.Fuzz;

/// <summary>What a shard is at, in memory that outlives it: whatever kills the shard, the input at hand is there to be read.</summary>
internal sealed class ShardState : IDisposable
{
    private const int InputStart = 32;
    private const int MostOctets = 128 * 1024;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public ShardState(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, InputStart + MostOctets);
        _view = _file.CreateViewAccessor();
    }

    public ShardNumbers Numbers
    {
        get => _view.SafeMemoryMappedViewHandle.Read<ShardNumbers>(0);
        set => _view.SafeMemoryMappedViewHandle.Write(0, value);
    }

    /// <summary>The input that runs, or ran last.</summary>
    public byte[] Input
    {
        get
        {
            var input = new byte[_view.ReadInt32(InputStart - 4)];
            _view.SafeMemoryMappedViewHandle.ReadSpan<byte>(InputStart, input);
            return input;
        }
        set
        {
            _view.Write(InputStart - 4, value.Length);
            _view.SafeMemoryMappedViewHandle.WriteSpan<byte>(InputStart, value);
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}

/// <summary>How far a shard is.</summary>
/// <param name="Runs">Inputs that ran.</param>
/// <param name="Kept">Inputs that are kept.</param>
/// <param name="Blocks">Blocks that they reach.</param>
/// <param name="Buckets">And buckets of them.</param>
internal readonly record struct ShardNumbers(long Runs, int Kept, int Blocks, int Buckets);
