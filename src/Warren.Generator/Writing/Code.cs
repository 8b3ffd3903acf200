using System.Text;

namespace Warren.Generator.Writing;

/// <summary>C# with indentation.</summary>
internal sealed class Code
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string line) => _text.Append(' ', _depth * 4).Append(line).Append('\n');

    /// <summary>A header and an open brace; the brace closes when the block is disposed.</summary>
    public IDisposable Block(string header)
    {
        if (header.Length > 0)
            Line(header);
        Line("{");
        _depth++;
        return new OpenBlock(this);
    }

    public override string ToString() => _text.ToString();

    private sealed class OpenBlock(Code code) : IDisposable
    {
        public void Dispose()
        {
            code._depth--;
            code.Line("}");
        }
    }
}
