"""The module ``SampleData``: sources are registered as in Slicer; local files are loaded, nothing is downloaded."""

from __future__ import annotations

import shutil
import types
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import slicer


class SampleDataSource:
    """One sample: the same number of addresses, file names and node names."""

    def __init__(
        self,
        sampleName: str | None = None,
        sampleDescription: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        checksums: Any = None,
        loadFiles: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFileProperties: Any = None,
        loadFileType: Any = None,
    ) -> None:
        loadFileTypes = loadFileTypes if loadFileType is None else loadFileType
        if isinstance(uris, str):
            uris, fileNames, nodeNames, loadFiles = [uris], [fileNames], [nodeNames], [loadFiles]
            loadFileTypes, checksums = [loadFileTypes], [checksums]
        none = [None] * len(uris)
        if isinstance(loadFileTypes, str) or loadFileTypes is None:
            loadFileTypes = [loadFileTypes] * len(uris)
        self.sampleName, self.sampleDescription = sampleName, sampleDescription or sampleName
        self.uris, self.fileNames, self.nodeNames = uris, fileNames, nodeNames if nodeNames is not None else none
        self.checksums = checksums if checksums is not None else none
        self.loadFiles, self.loadFileTypes = loadFiles if loadFiles is not None else none, loadFileTypes
        self.customDownloader, self.thumbnailFileName = customDownloader, thumbnailFileName
        self.loadFileProperties = loadFileProperties or {}
        lists = (self.uris, self.fileNames, self.nodeNames, self.checksums, self.loadFiles, self.loadFileTypes)
        if len({len(each) for each in lists}) != 1:
            raise ValueError("All fields of sample data source must have the same length")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SampleDataSource) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class SampleDataLogic:
    """Registers, fetches and loads samples."""

    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str) -> None:
        """The title of a category; only from Slicer 5.12."""
        if not hasattr(slicer.modules, "sampleDataSourceCategories"):
            slicer.modules.sampleDataSourceCategories = {}
        slicer.modules.sampleDataSourceCategories.setdefault(category, {})["title"] = title

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: Any = {},  # noqa: B006 - the signature is Slicer's
        checksums: Any = None,
        loadFileType: Any = None,
    ) -> None:
        if not hasattr(slicer.modules, "sampleDataSources"):
            slicer.modules.sampleDataSources = {}
        sources = slicer.modules.sampleDataSources.setdefault(category, [])
        source = SampleDataSource(
            sampleName=sampleName,
            uris=uris,
            fileNames=fileNames,
            nodeNames=nodeNames,
            customDownloader=customDownloader,
            thumbnailFileName=thumbnailFileName,
            loadFileTypes=loadFileTypes if loadFileType is None else loadFileType,
            loadFiles=loadFiles,
            loadFileProperties=loadFileProperties,
            checksums=checksums,
        )
        if source not in sources:
            sources.append(source)

    @staticmethod
    def sampleDataSourcesByCategory(category: str | None = None) -> Any:
        sources = getattr(slicer.modules, "sampleDataSources", {})
        return sources if category is None else sources.get(category, [])

    def sourceForSampleName(self, sampleName: str) -> SampleDataSource | None:
        for sources in self.sampleDataSourcesByCategory().values():
            for source in sources:
                if source.sampleName == sampleName:
                    return source
        return None

    def downloadSample(self, sampleName: str) -> Any:
        nodes = self.downloadSamples(sampleName)
        return nodes[0] if nodes else None

    def downloadSamples(self, sampleName: str) -> list[Any]:
        return self.downloadFromSource(self.sourceForSampleName(sampleName))

    def downloadFileIntoCache(
        self, uri: str, name: str, checksum: str | None = None, forceDownload: bool = False
    ) -> str:
        """A copy of a local file in the scene's cache, under the name of the sample; an older copy of it is used again.

        Raises:
            AssertionError: the address is not of a local file.
            ValueError: the file is not there, or not the one of the checksum.
        """
        parts = urlparse(uri)
        if parts.scheme != "file":
            raise AssertionError(f"{uri} would have been downloaded")
        folder = Path(slicer.mrmlScene.GetCacheManager().GetRemoteCacheDirectory())
        folder.mkdir(parents=True, exist_ok=True)
        copy, original = folder / name, Path(url2pathname(parts.path))
        if forceDownload or not copy.exists():
            if not original.is_file():
                raise ValueError(f"Failed to download {uri} to {copy}")
            shutil.copy(original, copy)
        if checksum is not None:
            algorithm, digest = slicer.util.extractAlgoAndDigest(checksum)
            if slicer.util.computeChecksum(algorithm, str(copy)) != digest:
                copy.unlink()
                raise ValueError(f"the checksum of {copy} is not {checksum}")
        return str(copy)

    def downloadFromSource(self, source: Any, maximumAttemptsCount: int = 3, forceDownload: bool = False) -> list[Any]:
        """The nodes, or what a source's own downloader returns; a file that is not on this machine is refused."""
        if source.customDownloader:
            return source.customDownloader(source)
        named = any(source.nodeNames)
        nodes = []
        for uri, file, name, load, kind, checksum in zip(
            source.uris,
            source.fileNames,
            source.nodeNames,
            source.loadFiles,
            source.loadFileTypes,
            source.checksums,
            strict=True,
        ):
            path = self.downloadFileIntoCache(uri, file, checksum, forceDownload)
            name = name or (None if named else Path(file).name.partition(".")[0])
            if name and load is not False:
                nodes.append(slicer.util.loadNodeFromFile(path, kind, dict(source.loadFileProperties, name=name)))
            elif not named:
                nodes.append(path)
        return nodes


def downloadSample(sampleName: str) -> Any:
    return SampleDataLogic().downloadSample(sampleName)


def downloadSamples(sampleName: str) -> list[Any]:
    return SampleDataLogic().downloadSamples(sampleName)


def make_module() -> types.ModuleType:
    """The module ``SampleData``."""
    module = types.ModuleType("SampleData")
    for item in (SampleDataSource, SampleDataLogic, downloadSample, downloadSamples):
        setattr(module, item.__name__, item)
    return module
