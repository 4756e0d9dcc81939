"""The parts of the Slicer module NACResponse: logic, scene, processes and panels."""
