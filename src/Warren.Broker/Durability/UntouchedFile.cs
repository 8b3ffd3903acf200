using Microsoft.Win32.SafeHandles;
using Warren.Store;

namespace Warren.Broker;

/// <summary>A file of an <see cref="UntouchedDisk"/>: read from the disk until somebody changes it, then from memory.</summary>
internal sealed class UntouchedFile(string path, SafeFileHandle? handle) : IDiskFile
{
    private SafeFileHandle? _handle = handle; // Null when it was changed, or is new.
    private byte[] _octets = [];

    public long Length => Try("fstat", () => _handle is { } file ? RandomAccess.GetLength(file) : _octets.Length);

    public int Read(long offset, Span<byte> octets)
    {
        if (_handle is null)
            return ReadFromMemory(offset, octets);
        try
        {
            var read = 0;
            while (read < octets.Length && RandomAccess.Read(_handle, octets[read..], offset + read) is > 0 and var count)
                read += count;
            return read;
        }
        catch (IOException e)
        {
            throw Failure("pread", e);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> octets)
    {
        Load();
        if (_octets.Length < offset + octets.Length)
            Array.Resize(ref _octets, checked((int)(offset + octets.Length)));
        octets.CopyTo(_octets.AsSpan((int)offset));
    }

    public void Truncate(long length)
    {
        Load();
        Array.Resize(ref _octets, checked((int)length));
    }

    public void Preallocate(long length)
    {
        if (Length < length)
            Truncate(length);
    }

    public void Sync()
    {
        // Nothing of it goes to a disk.
    }

    public void Dispose() => _handle?.Dispose();

    private int ReadFromMemory(long offset, Span<byte> octets)
    {
        var count = (int)Math.Clamp(_octets.Length - offset, 0, octets.Length);
        if (count > 0)
            _octets.AsSpan((int)offset, count).CopyTo(octets);
        return count;
    }

    private void Load()
    {
        if (_handle is null)
            return;
        var octets = new byte[Length];
        Read(0, octets);
        _octets = octets;
        _handle.Dispose();
        _handle = null;
    }

    private T Try<T>(string operation, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException e)
        {
            throw Failure(operation, e);
        }
    }

    private DiskException Failure(string operation, IOException e) => new(operation, path, DiskException.InputOutputError, e.Message);
}
